import { RefusalError } from '@allora/contracts/errors';
import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';

/** What is left of a limit, as the RateLimit headers tell it. */
export interface Standing {
  readonly policy: string;
  readonly quota: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

interface Lease {
  /** Points taken from the store and not spent yet. */
  left: number;
  /** Left in the store when last asked. */
  remaining: number;
  /** The store has no more until the window ends. */
  exhausted: boolean;
  endsAtMs: number;
  refill: Promise<void> | undefined;
}

interface RateLimitOptions {
  /** Named in headers and facts. */
  readonly policy: string;
  readonly store: PointStore;
  /** Share of the limit taken from the store at once; a tenth unless told. */
  readonly leaseShare?: number;
  readonly nowMs?: () => number;
}

/** What rate limits are counted in; `consume` rejects with the same facts when there are not that many points left. */
export type PointStore = Pick<RateLimiterAbstract, 'points' | 'duration' | 'msDuration' | 'consume'>;

const tenth = 0.1;
/** Beyond it the key seen first in its window goes, together with the points leased for it. */
const maxKeys = 100_000;

/**
 * A fixed window per key, with points taken from the store in leases and spent here: ten round trips a window and key rather
 * than one a request. Points are taken before they are spent, so all processes together admit no more than the limit in a
 * window, but for one lease each that may slip over the window's edge by a round trip. The price is the other way: up to a lease
 * that one process holds and does not need is missing to the others until the window ends.
 */
export class RateLimit {
  private readonly leases = new Map<string, Lease>();
  private readonly leasePoints: number;
  private readonly nowMs: () => number;

  constructor(private readonly options: RateLimitOptions) {
    this.leasePoints = Math.max(1, Math.ceil(options.store.points * (options.leaseShare ?? tenth)));
    this.nowMs = options.nowMs ?? (() => performance.now());
  }

  get policy(): string {
    return this.options.policy;
  }

  get quota(): number {
    return this.options.store.points;
  }

  /** Takes a point that is leased already; false when the store has to be asked. */
  spend(key: string): boolean {
    return this.spendLeased(key) !== undefined;
  }

  /** As `spend`, with what is left; nothing when the store has to be asked. */
  spendAtOnce(key: string): Standing | undefined {
    const lease = this.spendLeased(key);
    return lease && this.standing(lease);
  }

  /** Points taken from the store that nobody has spent, by key; they are gone from here, for the store to have back. */
  takeUnspent(): ReadonlyMap<string, number> {
    const unspent = new Map<string, number>();
    for (const [key, { left, endsAtMs }] of this.leases) {
      if (left > 0 && endsAtMs > this.nowMs()) unspent.set(key, left);
    }
    this.leases.clear();
    return unspent;
  }

  async take(key: string, points: number): Promise<Standing> {
    for (;;) {
      const lease = this.leaseOf(key);
      if (lease.left >= points) {
        lease.left -= points;
        return this.standing(lease);
      }
      if (lease.exhausted || points > this.quota) throw this.refusal(lease, points);
      lease.refill ??= this.refill(key, lease, points - lease.left).finally(() => (lease.refill = undefined));
      await lease.refill;
    }
  }

  private spendLeased(key: string): Lease | undefined {
    const lease = this.leases.get(key);
    if (!lease || lease.left < 1 || lease.endsAtMs <= this.nowMs()) return undefined;
    lease.left -= 1;
    return lease;
  }

  private leaseOf(key: string): Lease {
    const known = this.leases.get(key);
    if (known && known.endsAtMs > this.nowMs()) return known;
    this.leases.delete(key);
    if (this.leases.size >= maxKeys) this.forget();
    const lease = { left: 0, remaining: 0, exhausted: false, endsAtMs: Infinity, refill: undefined };
    this.leases.set(key, lease);
    return lease;
  }

  private forget(): void {
    const nowMs = this.nowMs();
    for (const [key, { endsAtMs }] of this.leases) if (endsAtMs <= nowMs) this.leases.delete(key);
    for (const key of this.leases.keys()) {
      if (this.leases.size < maxKeys) return;
      this.leases.delete(key);
    }
  }

  private async refill(key: string, lease: Lease, missing: number): Promise<void> {
    const wanted = Math.max(missing, this.leasePoints);
    const { granted, result } = await this.consume(key, wanted);
    lease.left += granted;
    lease.remaining = result.remainingPoints;
    lease.exhausted = granted < wanted;
    lease.endsAtMs = this.nowMs() + result.msBeforeNext;
  }

  /** A refused consumption is counted all the same: what the store had left before it is ours then. */
  private async consume(key: string, wanted: number): Promise<{ granted: number; result: RateLimiterRes }> {
    try {
      return { granted: wanted, result: await this.options.store.consume(key, wanted) };
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      // Below what we wanted it is no count at all: the library knew without asking that nothing is left.
      const before = error.consumedPoints < wanted ? this.quota : error.consumedPoints - wanted;
      return { granted: Math.max(0, this.quota - before), result: error };
    }
  }

  private standing({ left, remaining, endsAtMs }: Lease): Standing {
    const { policy, store } = this.options;
    const resetMs = Math.min(endsAtMs - this.nowMs(), store.msDuration);
    return {
      policy,
      quota: store.points,
      windowSeconds: store.duration,
      remaining: left + remaining,
      resetSeconds: Math.max(1, Math.ceil(resetMs / 1_000)),
    };
  }

  private refusal(lease: Lease, points: number): RefusalError {
    const { resetSeconds, ...standing } = this.standing(lease);
    const { policy, quota, windowSeconds } = standing;
    const asked = points === 1 ? '' : `; ${points} were asked for at once`;
    return new RefusalError('RATE_LIMITED', `${quota} in ${windowSeconds} s per ${policy}${asked}`, {
      ...standing,
      retryAfterSeconds: resetSeconds,
    });
  }
}
