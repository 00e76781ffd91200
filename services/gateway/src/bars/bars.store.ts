import { Database } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { HistoryStore } from '../history/history.store';
import { type BarInterval, type BarRow, barView } from './interval';

export interface BarsQuery {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly limit: number;
}

/** Which records make the bars, and what puts one of them into its bar. */
interface Buckets {
  readonly by: 'time' | 'nonce';
  readonly size: number;
  /** Of times or nonces, the first that counts and the first that does not. */
  readonly start: number;
  readonly end: number;
}

/** A topic's history gathered into bars. */
@Injectable()
export class BarsStore {
  constructor(
    private readonly database: Database,
    private readonly history: HistoryStore,
  ) {}

  /** Newest first; at most `limit` intervals are looked at, so that a page never costs more. `next` is the `to` to go on with. */
  async bars(topicId: number, interval: BarInterval, epochLengthBlocks: number, query: BarsQuery) {
    const { from = 0, to = Number.MAX_SAFE_INTEGER, limit } = query;
    const latest = await this.history.latestBefore(topicId, to);
    if (!latest || Number(latest.toldMs) < from) return { bars: [], next: null };
    const byTime = 'ms' in interval;
    const size = byTime ? interval.ms : interval.epochs * epochLengthBlocks;
    const last = Number(byTime ? latest.toldMs : latest.nonce);
    const start = Math.max(0, (Math.floor(last / size) - limit + 1) * size);
    const rows = await this.rows(
      topicId,
      { by: byTime ? 'time' : 'nonce', size, start, end: last + 1 },
      { from, to },
    );
    const oldest = rows.at(-1);
    const older = oldest && (await this.history.latestBefore(topicId, Number(oldest.first_ms)));
    return {
      bars: rows.map((row) => barView(row, byTime ? size : null)),
      next: older && Number(older.toldMs) >= from ? Number(older.toldMs) + 1 : null,
    };
  }

  private rows(
    topicId: number,
    { by, size, start, end }: Buckets,
    { from, to }: { from: number; to: number },
  ) {
    const [fromMs, toMs] = by === 'time' ? [Math.max(from, start), Math.min(to, end)] : [from, to];
    const [fromNonce, toNonce] = by === 'time' ? [0, Number.MAX_SAFE_INTEGER] : [start, end];
    // Sums of doubles may leave their range, which PostgreSQL refuses: means are taken of decimals, which hold
    // a double whole only by way of its text.
    return this.database.prisma.$queryRaw<BarRow[]>`
      WITH told AS (
        SELECT CASE WHEN ${by === 'time'} THEN told_ms ELSE nonce END / ${BigInt(size)}::bigint AS bucket, h.*
          FROM gateway.inference_history AS h
         WHERE topic_id = ${BigInt(topicId)} AND told_ms >= ${BigInt(fromMs)} AND told_ms < ${BigInt(toMs)}
           AND nonce >= ${BigInt(fromNonce)} AND nonce < ${BigInt(toNonce)})
      SELECT bucket, min(told_ms) AS first_ms, max(told_ms) AS last_ms,
             min(nonce) AS first_nonce, max(nonce) AS last_nonce,
             (array_agg(combined ORDER BY told_ms, nonce))[1] AS open, max(combined) AS high, min(combined) AS low,
             (array_agg(combined ORDER BY told_ms DESC, nonce DESC))[1] AS close,
             avg(combined::text::numeric)::float8 AS mean, count(*)::int AS count, avg(width95::text::numeric)::float8 AS width
        FROM told GROUP BY bucket ORDER BY bucket DESC`;
  }
}
