import type { Database } from '@allora/store/database';
import { describeFailure } from './failure';
import { trimInbox } from './inbox';
import type { BusMetrics } from './metrics';
import type { BusOptions } from './options';
import type { TransportLog } from './transport';

interface GaugesGiven {
  readonly service: string;
  readonly database: Database;
  readonly log: TransportLog;
  readonly metrics: BusMetrics;
  readonly options: BusOptions;
  readonly lag: () => Promise<Readonly<Record<string, number>>>;
}

const trimIntervalMs = 3_600_000;

/** What has to be looked up to be known: lag and outbox, at an interval; and the inbox is trimmed on the way. */
export class BusGauges {
  private timer: NodeJS.Timeout | undefined;
  private refreshing: Promise<void> | undefined;
  private trimmedAtMs = Date.now();

  constructor(private readonly given: GaugesGiven) {}

  start(): void {
    this.timer = setInterval(() => {
      this.refreshing ??= this.refresh().finally(() => (this.refreshing = undefined));
    }, this.given.options.gaugeIntervalMs);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.refreshing;
    const { service, metrics } = this.given;
    metrics.outboxRows.remove({ service });
    metrics.outboxAgeSeconds.remove({ service });
  }

  private async refresh(): Promise<void> {
    const { service, log } = this.given;
    try {
      await this.readLag();
      await this.readOutbox();
      await this.trim();
    } catch (error) {
      log.debug({ service, error: describeFailure(error) }, 'bus gauges could not be refreshed');
    }
  }

  private async readLag(): Promise<void> {
    const { service, metrics, lag } = this.given;
    for (const [topic, records] of Object.entries(await lag()))
      metrics.lagRecords.set({ service, topic }, records);
  }

  private async readOutbox(): Promise<void> {
    const { service, metrics, database } = this.given;
    const [row] = await database.prisma.$queryRaw<{ rows: number; age: number }[]>`
      SELECT count(*)::int AS rows, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS age
      FROM bus.outbox WHERE service = ${service}`;
    metrics.outboxRows.set({ service }, row?.rows ?? 0);
    metrics.outboxAgeSeconds.set({ service }, Math.max(0, row?.age ?? 0));
  }

  private async trim(): Promise<void> {
    if (Date.now() - this.trimmedAtMs < trimIntervalMs) return;
    const { service, database, options } = this.given;
    while ((await database.transaction((tx) => trimInbox(tx, service, options.inboxRetentionDays))) > 0);
    this.trimmedAtMs = Date.now();
  }
}
