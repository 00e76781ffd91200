import { RefusalError } from '@allora/contracts/errors';
import type { Redis } from 'ioredis';
import type { Counter } from 'prom-client';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { addressKey } from './address-key';
import type { CommonConfig } from './common-config';
import { RateLimit, type Standing } from './rate-limit';

interface RateLimitsOptions {
  readonly config: Pick<CommonConfig, 'rateLimitPerAddress' | 'rateLimitPerKey' | 'rateLimitWindowSeconds'>;
  /** With it all processes share the limits; while it is away each counts by itself. */
  readonly redis?: Redis | undefined;
  /** Keeps networks apart that share a Redis. */
  readonly prefix?: string;
  readonly refused?: Counter<'policy'>;
}

const none: readonly Standing[] = [];

/** How much a caller may ask for: by its address at the door, and by its account once the signature proves it. */
export class RateLimits {
  private readonly address: RateLimit | undefined;
  private readonly key: RateLimit | undefined;
  private readonly made = new Map<string, RateLimit>();

  constructor(private readonly options: RateLimitsOptions) {
    const { rateLimitPerAddress, rateLimitPerKey } = options.config;
    this.address = this.limit('address', rateLimitPerAddress);
    this.key = this.limit('key', rateLimitPerKey);
  }

  /** Whether there is a limit per address at all. */
  get countsAddresses(): boolean {
    return this.address !== undefined;
  }

  /** Every request counts one by itself; a bulk of N takes the other N - 1. Nothing when there is no such limit. */
  async takeForAddress(ip: string, points = 1): Promise<Standing | undefined> {
    return this.take(this.address, addressKey(ip), points);
  }

  /** One request of an address: at once when a point is leased already, as of most it is. */
  spendForAddress(ip: string): readonly Standing[] | Promise<readonly Standing[]> {
    if (!this.address) return none;
    const key = addressKey(ip);
    const standing = this.address.spendAtOnce(key);
    return standing ? [standing] : this.take(this.address, key, 1).then((taken) => (taken ? [taken] : none));
  }

  /** One request under several limits, each of which has to have a point. */
  spendAll(limits: readonly RateLimit[], key: string): readonly Standing[] | Promise<readonly Standing[]> {
    const standings: Standing[] = [];
    for (const limit of limits) {
      const standing = limit.spendAtOnce(key);
      if (!standing) return this.takeRest(limits, key, standings);
      standings.push(standing);
    }
    return standings;
  }

  /** The window of the other limits with points of its own: those who have as many share one. Counted wherever the others are. */
  windowOf(policy: string, points: number): RateLimit | undefined {
    const name = `${policy}:${points}`;
    const limit = this.made.get(name) ?? this.limit(policy, points);
    if (limit) this.made.set(name, limit);
    return limit;
  }

  /** `author`: address of an account, after its signature was verified; else anyone could use up another's share. */
  async takeForKey(author: string, points = 1): Promise<void> {
    await this.take(this.key, author, points);
  }

  /** As `takeForKey` of one, at once and without a promise; false when that has to be called. */
  spendForKey(author: string): boolean {
    return this.key?.spend(author) ?? true;
  }

  /** For what can wait, such as the messages of a stream: resolves when they are admitted, or `signal` has aborted. */
  async paceForAddress(ip: string, points: number, signal: AbortSignal): Promise<void> {
    if (!this.address) return;
    for (let left = points; left > 0 && !signal.aborted;) {
      const part = Math.min(left, this.address.quota);
      const waitMs = await this.takeForAddress(ip, part).then(() => 0, waitMsOf);
      if (waitMs === 0) left -= part;
      else await pause(waitMs, signal);
    }
  }

  private async takeRest(
    limits: readonly RateLimit[],
    key: string,
    standings: Standing[],
  ): Promise<readonly Standing[]> {
    for (const limit of limits.slice(standings.length)) {
      const standing = await this.take(limit, key, 1);
      if (standing) standings.push(standing);
    }
    return standings;
  }

  private async take(
    limit: RateLimit | undefined,
    key: string,
    points: number,
  ): Promise<Standing | undefined> {
    if (!limit || points < 1) return undefined;
    try {
      return await limit.take(key, points);
    } catch (error) {
      if (error instanceof RefusalError) this.options.refused?.inc({ policy: String(error.facts.policy) });
      throw error;
    }
  }

  private limit(policy: string, points: number): RateLimit | undefined {
    if (points === 0) return undefined;
    const { config, redis, prefix = '' } = this.options;
    const shape = { keyPrefix: `${prefix}limit:${policy}`, points, duration: config.rateLimitWindowSeconds };
    const memory = new RateLimiterMemory(shape);
    const store = redis
      ? new RateLimiterRedis({
          ...shape,
          storeClient: redis,
          rejectIfRedisNotReady: true,
          insuranceLimiter: memory,
          // A key without points left is refused here until its window ends, without asking again.
          inMemoryBlockOnConsumed: points,
        })
      : memory;
    return new RateLimit({ policy, store });
  }
}

function waitMsOf(error: unknown): number {
  if (error instanceof RefusalError && error.code === 'RATE_LIMITED') {
    return Number(error.facts.retryAfterSeconds) * 1_000;
  }
  throw error;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
