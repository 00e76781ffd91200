import { RefusalError } from '@allora/contracts/errors';
import type { Cache, Unsubscribe } from '@allora/service-kit/cache';
import { HealthProbes } from '@allora/service-kit/health';
import { Log } from '@allora/service-kit/log';
import { CACHE } from '@allora/service-kit/tokens';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from './config';
import { GatewayMetrics } from './metrics';

const CHANNEL = 'gateway:epochs';
/** A call may reach a replica before its database shows the commit, so the first looks are close together. */
const FIRST_LOOK_MS = 5;
/** The slowest pace, should a call be lost: Redis promises none. */
const SLOWEST_LOOK_MS = 1_000;
const LOOK_GROWTH = 3;

type Wake = () => void;

/** Requests that wait until something new is known of an epoch, in whatever replica it is learnt. */
@Injectable()
export class EpochWaits implements OnModuleInit, OnModuleDestroy {
  private readonly waiting = new Map<string, Set<Wake>>();
  private count = 0;
  private closed = false;
  private unsubscribe: Unsubscribe | undefined;

  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    @Inject(CACHE) private readonly cache: Cache,
    private readonly metrics: GatewayMetrics,
    private readonly log: Log,
    private readonly health: HealthProbes,
  ) {}

  async onModuleInit(): Promise<void> {
    // Those who wait are answered with what there is before HTTP waits for its requests to end.
    this.health.stopping.addEventListener('abort', () => this.end(), { once: true });
    this.unsubscribe = await this.cache.subscribe(CHANNEL, (epoch) => this.wake(epoch.toString()));
  }

  async onModuleDestroy(): Promise<void> {
    this.end();
    await this.unsubscribe?.();
  }

  private end(): void {
    this.closed = true;
    for (const epoch of [...this.waiting.keys()]) this.wake(epoch);
  }

  /** Everyone who waits for the epoch looks again. */
  async tell(topicId: number, nonce: number): Promise<void> {
    await this.call(epochName(topicId, nonce));
  }

  /** The same of anything that has a name. */
  async call(name: string): Promise<void> {
    try {
      await this.cache.publish(CHANNEL, Buffer.from(name));
    } catch (error) {
      this.log.warn({ error, name }, 'waiting requests were not told; they look by themselves');
    }
  }

  /** Looks until the answer satisfies or the time is over, and gives the last answer. */
  until<T>({
    topicId,
    nonce,
    ...options
  }: {
    readonly topicId: number;
    readonly nonce: number;
    readonly timeoutMs: number;
    readonly look: () => Promise<T>;
    readonly satisfied: (answer: T) => boolean;
  }): Promise<T> {
    return this.untilCalled({ call: epochName(topicId, nonce), ...options });
  }

  /** The same for whatever is called by a name. */
  async untilCalled<T>(options: {
    readonly call: string;
    readonly timeoutMs: number;
    readonly look: () => Promise<T>;
    readonly satisfied: (answer: T) => boolean;
    /** Longer for those whose call comes behind the commit. */
    readonly firstLookMs?: number;
  }): Promise<T> {
    const { firstLookMs = FIRST_LOOK_MS } = options;
    const endMs = performance.now() + options.timeoutMs;
    let paceMs = firstLookMs;
    for (;;) {
      const answer = await options.look();
      const leftMs = endMs - performance.now();
      if (options.satisfied(answer) || leftMs <= 0 || this.closed) return answer;
      const told = await this.pause(options.call, Math.min(leftMs, paceMs));
      paceMs = told ? firstLookMs : Math.min(SLOWEST_LOOK_MS, paceMs * LOOK_GROWTH);
    }
  }

  /** True when told before the time was over. */
  private pause(epoch: string, maxMs: number): Promise<boolean> {
    if (this.count >= this.config.maxWaitingRequests) {
      throw new RefusalError('UNAVAILABLE', 'too many requests wait already', { retryAfterMs: 1_000 });
    }
    return new Promise((resolve) => {
      const end = (told: boolean) => {
        clearTimeout(timer);
        this.remove(epoch, wake);
        resolve(told);
      };
      const wake = () => end(true);
      const timer = setTimeout(() => end(false), maxMs);
      this.add(epoch, wake);
    });
  }

  private wake(epoch: string): void {
    for (const wake of [...(this.waiting.get(epoch) ?? [])]) wake();
  }

  private add(epoch: string, wake: Wake): void {
    this.waiting.set(epoch, (this.waiting.get(epoch) ?? new Set<Wake>()).add(wake));
    this.metrics.waiting.set(++this.count);
  }

  private remove(epoch: string, wake: Wake): void {
    const wakes = this.waiting.get(epoch);
    if (!wakes?.delete(wake)) return;
    if (wakes.size === 0) this.waiting.delete(epoch);
    this.metrics.waiting.set(--this.count);
  }
}

const epochName = (topicId: number, nonce: number): string => `${topicId}:${nonce}`;
