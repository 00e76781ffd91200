import { RefusalError } from '@allora/contracts/errors';
import { addressKey } from '@allora/service-kit/address-key';
import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import { StreamMetrics } from './stream-metrics';

/** Who reads: an API key where there is one, else an address. */
export interface Holder {
  readonly ip: string;
  /** Of the key's lineage: rotated keys count together. */
  readonly key?: string | undefined;
}

const COME_AGAIN_SECONDS = 5;

/** How many streams may be open in this replica: together, and of one holder. */
@Injectable()
export class StreamLimits {
  private readonly open = new Map<string, number>();
  private total = 0;

  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly metrics: StreamMetrics,
  ) {}

  /** Returns the name to give back with `leave`, once. */
  enter(holder: Holder): string {
    const { maxStreams, maxStreamsPerAddress, maxStreamsPerKey } = this.config;
    if (this.total >= maxStreams)
      throw new RefusalError('UNAVAILABLE', 'this replica feeds as many streams as it may', {
        retryAfterSeconds: COME_AGAIN_SECONDS,
      });
    const most = holder.key === undefined ? maxStreamsPerAddress : maxStreamsPerKey;
    const name = holder.key === undefined ? `address ${addressKey(holder.ip)}` : `key ${holder.key}`;
    const already = this.open.get(name) ?? 0;
    if (most > 0 && already >= most)
      throw new RefusalError('RATE_LIMITED', `${most} streams are open already, which is the most`, {
        openStreams: already,
        retryAfterSeconds: COME_AGAIN_SECONDS,
      });
    this.open.set(name, already + 1);
    this.metrics.readers.set((this.total += 1));
    return name;
  }

  leave(name: string): void {
    const left = (this.open.get(name) ?? 1) - 1;
    if (left > 0) this.open.set(name, left);
    else this.open.delete(name);
    this.metrics.readers.set((this.total -= 1));
  }
}
