import { RefusalError } from '@allora/contracts/errors';
import { HealthProbes } from '@allora/service-kit/health';
import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import { KnownTopics } from '../known-topics';
import { cursorText, positionBehind, readCursor, requireCurrent, type StreamPoint } from './stream-cursor';
import { StreamHub } from './stream-hub';
import { type Holder, StreamLimits } from './stream-limits';
import type { Beginning, StreamInterest } from './stream-requests';
import { StreamStore } from './stream.store';
import { type Outlet, Subscription } from './subscription';
import { greeting } from './told-fact';

/** An outlet that says when it is over. */
export interface OpenOutlet extends Outlet {
  onEnd: () => void;
}

/** One door to the stream for both transports: refuses before anything is opened, then feeds the reader until it leaves. */
@Injectable()
export class EventFeed {
  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly hub: StreamHub,
    private readonly store: StreamStore,
    private readonly limits: StreamLimits,
    private readonly known: KnownTopics,
    private readonly health: HealthProbes,
  ) {}

  /** `open` is called when nothing more is refused. */
  async follow(interest: StreamInterest, holder: Holder, open: () => OpenOutlet): Promise<void> {
    if (this.health.stopping.aborted) throw new RefusalError('UNAVAILABLE', 'the service is stopping');
    const name = this.limits.enter(holder);
    let outlet: OpenOutlet;
    let point: StreamPoint;
    try {
      for (const topicId of interest.topics ?? []) await this.known.require(topicId);
      point = await this.pointOf(interest.beginning, interest.topics);
      outlet = open();
    } catch (error) {
      this.limits.leave(name);
      throw error;
    }
    if (outlet.ended) return this.limits.leave(name);
    const { generation, position } = point;
    const subscription = new Subscription(outlet, interest.topics, interest.kinds, position);
    outlet.onEnd = () => {
      this.limits.leave(name);
      this.hub.leave(subscription);
    };
    outlet.write(greeting(outlet.wire, cursorText(point), this.config.streamRetryMs));
    void this.hub.follow(subscription, generation);
  }

  private async pointOf(beginning: Beginning, topics: readonly number[] | undefined): Promise<StreamPoint> {
    const { generation, seq } = await this.store.head();
    switch (beginning.at) {
      case 'cursor': {
        const cursor = readCursor(beginning.cursor);
        requireCurrent(cursor, { generation, seq });
        return cursor;
      }
      case 'nonce': {
        const first = await this.store.firstSince(beginning.nonce, topics);
        return { generation, position: positionBehind(first === undefined ? seq : first - 1) };
      }
      case 'start':
        return { generation, position: positionBehind(0) };
      case 'now':
        return { generation, position: positionBehind(seq) };
    }
  }
}
