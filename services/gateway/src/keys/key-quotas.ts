import { isInfrastructureFailure } from '@allora/bus/failure';
import { Clock } from '@allora/service-kit/clock';
import { Log } from '@allora/service-kit/log';
import { type PointStore, RateLimit } from '@allora/service-kit/rate-limit';
import { RateLimits } from '@allora/service-kit/rate-limits';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { RateLimiterRes } from 'rate-limiter-flexible';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import { KeyUsageStore } from './key-usage.store';
import type { KeptKey } from './key-view';
import { periodAt, type PeriodKind } from './quota-period';

/** Of a quota, taken by a replica at once: what one that is killed takes along with it. */
const leaseShare = 0.01;
/** While the database is away quotas are not counted, and the window's limit alone holds; then it is asked again. */
const uncountedMs = 5_000;

/** The limits of keys: by window where the other rate limits are counted, by day and month in the database. */
@Injectable()
export class KeyQuotas implements OnModuleDestroy {
  private readonly quotas = new Map<string, { kind: PeriodKind; limit: RateLimit }>();

  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly limits: RateLimits,
    private readonly usage: KeyUsageStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  limitsOf({ perWindow, perDay, perMonth }: KeptKey): RateLimit[] {
    const window = this.limits.windowOf('api-key', perWindow ?? this.config.rateLimitPerApiKey);
    return [window, this.quota('day', perDay), this.quota('month', perMonth)].filter(
      (limit) => limit !== undefined,
    );
  }

  /** A replica that leaves hands back what it has not spent. */
  async onModuleDestroy(): Promise<void> {
    const unspent = [...this.quotas.values()].flatMap(({ kind, limit }) => {
      const period = periodAt(kind, this.clock.nowMs()).name;
      return [...limit.takeUnspent()].map(([lineage, points]) => ({ lineage, period, points }));
    });
    if (unspent.length === 0) return;
    await this.usage
      .giveBack(unspent)
      .catch((error: unknown) => this.log.warn({ error }, 'unspent quota was not handed back'));
  }

  /** Keys with as large a quota share its bookkeeping. */
  private quota(kind: PeriodKind, points: number | null): RateLimit | undefined {
    if (points === null) return undefined;
    const name = `${kind}:${points}`;
    const known = this.quotas.get(name);
    if (known) return known.limit;
    const limit = new RateLimit({
      policy: `api-key-${kind}`,
      store: this.storeOf(kind, points),
      leaseShare,
      nowMs: () => this.clock.nowMs(),
    });
    this.quotas.set(name, { kind, limit });
    return limit;
  }

  private storeOf(kind: PeriodKind, points: number): PointStore {
    const lengthMs = (): number => {
      const { startsAtMs, endsAtMs } = periodAt(kind, this.clock.nowMs());
      return endsAtMs - startsAtMs;
    };
    return {
      points,
      get duration() {
        return lengthMs() / 1_000;
      },
      get msDuration() {
        return lengthMs();
      },
      consume: async (lineage, wanted = 1) => {
        const nowMs = this.clock.nowMs();
        const { name: period, endsAtMs } = periodAt(kind, nowMs);
        const used = await this.count({ lineage: String(lineage), period, points: wanted, limit: points });
        if (used === undefined) return new RateLimiterRes(points, uncountedMs, wanted);
        const standing = new RateLimiterRes(Math.max(0, points - used), endsAtMs - nowMs, used);
        if (used > points) throw standing;
        return standing;
      },
    };
  }

  private async count(usage: Parameters<KeyUsageStore['add']>[0]): Promise<number | undefined> {
    try {
      return await this.usage.add(usage);
    } catch (error) {
      if (!isInfrastructureFailure(error)) throw error;
      this.log.warn({ error }, 'quotas are not counted: the database is away');
      return undefined;
    }
  }
}
