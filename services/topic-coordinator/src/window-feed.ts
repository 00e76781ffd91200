import { setTimeout as sleep } from 'node:timers/promises';
import { RefusalError } from '@allora/contracts/errors';
import type { StreamWindowsResponse } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Cache, Unsubscribe } from '@allora/service-kit/cache';
import { Log } from '@allora/service-kit/log';
import { CACHE } from '@allora/service-kit/tokens';
import { Database } from '@allora/store/database';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ClockStore } from './clock.store';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import { EpochsStore } from './epochs.store';
import { TopicCoordinatorMetrics } from './metrics';
import { TopicWatch, WindowFollower } from './topic-watch';

const CHANNEL = 'topic-coordinator.windows';

/**
 * Open windows, once or as they change, at every replica: the one that tells the turns announces the topic on the cache's
 * channel, and all look. What the channel loses, and what replicas without a common cache never hear, the poll finds. A topic
 * is looked at once for all who follow it.
 */
@Injectable()
export class WindowFeed implements OnModuleInit, OnModuleDestroy {
  private readonly watches = new Map<number, TopicWatch>();
  private readonly stopping = new AbortController();
  private polling: Promise<void> = Promise.resolve();
  private unsubscribe: Unsubscribe | undefined;
  private open = 0;

  constructor(
    @Inject(TOPIC_COORDINATOR_CONFIG) private readonly config: TopicCoordinatorConfig,
    @Inject(CACHE) private readonly cache: Cache,
    private readonly database: Database,
    private readonly epochs: EpochsStore,
    private readonly heights: ClockStore,
    private readonly metrics: TopicCoordinatorMetrics,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    // Not waited for: this service works without the cache.
    this.cache
      .subscribe(CHANNEL, (message) => this.look(Number(message.toString())))
      .then((unsubscribe) => (this.unsubscribe = unsubscribe))
      .catch((error: unknown) => this.log.warn({ error }, 'windows are polled only: no cache to listen to'));
    this.polling = this.poll();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    for (const { followers } of this.watches.values()) for (const follower of followers) this.leave(follower);
    await this.polling;
    await this.unsubscribe?.().catch(() => undefined);
  }

  async current(topicId: number): Promise<StreamWindowsResponse> {
    const tx = this.database.prisma;
    const windows = await this.epochs.openWindows(tx, topicId);
    if (windows.length === 0 && !(await this.epochs.toldHeights(tx, [topicId])).has(topicId))
      throw new RefusalError('UNKNOWN_TOPIC', `there is no topic ${topicId}`, { topicId });
    return { topicId, height: await this.heights.height(), windows };
  }

  /** To every replica: other windows of the topic are open now. */
  announce(topicId: number): void {
    this.cache.publish(CHANNEL, Buffer.from(String(topicId))).catch((error: unknown) => {
      this.log.warn({ error, topicId }, 'a change of windows was not announced; the poll finds it');
    });
  }

  /** The windows now and whenever others are open, until the signal. Rejects when there is no such topic. */
  async follow(topicId: number, signal: AbortSignal): Promise<AsyncIterable<StreamWindowsResponse>> {
    if (this.stopping.signal.aborted) throw new RefusalError('UNAVAILABLE', 'the service is stopping');
    if (this.open >= this.config.maxWindowStreams)
      throw new RefusalError('UNAVAILABLE', 'this replica follows as many windows as it may');
    const follower = this.join(topicId);
    try {
      await follower.watch.ready();
    } catch (error) {
      this.leave(follower);
      throw error;
    }
    const leave = () => this.leave(follower);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    return follower;
  }

  private join(topicId: number): WindowFollower {
    const watch = this.watches.get(topicId) ?? new TopicWatch(topicId, () => this.current(topicId));
    this.watches.set(topicId, watch);
    const follower = new WindowFollower(watch);
    watch.followers.add(follower);
    this.count(1);
    return follower;
  }

  private leave(follower: WindowFollower): void {
    const { watch } = follower;
    if (!watch.followers.delete(follower)) return;
    follower.end();
    this.count(-1);
    if (watch.followers.size === 0) this.watches.delete(watch.topicId);
  }

  private count(change: 1 | -1): void {
    this.open += change;
    this.metrics.windowStreams.set(this.open);
  }

  private look(topicId: number): void {
    this.watches
      .get(topicId)
      ?.look()
      .catch((error: unknown) => this.log.error({ error, topicId }, 'open windows were not read'));
  }

  private async poll(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await sleep(this.config.windowsPollMs, undefined, { signal }).catch(() => undefined);
      await this.lookAtTold().catch((error: unknown) =>
        this.log.error({ error }, 'open windows were not polled; they are polled again'),
      );
    }
  }

  /** Windows change with turns only, and every turn moves the height up to which a topic is told. */
  private async lookAtTold(): Promise<void> {
    if (this.watches.size === 0 || this.stopping.signal.aborted) return;
    const told = await this.epochs.toldHeights(this.database.prisma, [...this.watches.keys()]);
    for (const [topicId, height] of told) {
      const watch = this.watches.get(topicId);
      if (!watch || watch.polledHeight === height) continue;
      await watch.look();
      watch.polledHeight = height;
    }
  }
}
