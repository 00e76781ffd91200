import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { Database, type Tx } from '@allora/store/database';
import { type InferenceRecord, Prisma } from '@allora/store/gen/prisma/client';
import { Injectable } from '@nestjs/common';
import type { HistoryCursor } from './cursor';
import { recordOf } from './inference-record';

const FIRST: HistoryCursor = { toldMs: -1, nonce: -1 };
const LAST: HistoryCursor = { toldMs: Number.MAX_SAFE_INTEGER, nonce: Number.MAX_SAFE_INTEGER };

/** Doubles go as text: their shortest form is exact, and Prisma's own is not. */
const text = (value: number | null): string | null => (value === null ? null : String(value));

export interface PageQuery {
  /** Told at this time or later. */
  readonly from?: number | undefined;
  /** Told before this time. */
  readonly to?: number | undefined;
  readonly order: 'newest' | 'oldest';
  readonly after?: HistoryCursor | undefined;
  readonly limit: number;
}

/** The figures of every inference that has a value, in the order in which they were told. */
@Injectable()
export class HistoryStore {
  constructor(private readonly database: Database) {}

  /** Where `kept` has a row. */
  entryOf(inference: NetworkInference, toldMs: number): Prisma.Sql {
    return addition([recordOf(inference, toldMs)], Prisma.sql`WHERE EXISTS (SELECT FROM kept)`);
  }

  /** The first telling stands. */
  async addAll(tx: Tx, records: readonly InferenceRecord[]): Promise<void> {
    await tx.$executeRaw(addition(records));
  }

  /** By time and nonce from a place on: what is told meanwhile shifts no page. */
  async page(topicId: number, { from, to, order, after, limit }: PageQuery): Promise<InferenceRecord[]> {
    const newest = order === 'newest';
    const { toldMs, nonce } = after ?? (newest ? LAST : FIRST);
    const ms = BigInt(toldMs);
    const [beyond, behind, direction] = newest
      ? ([{ lt: ms }, { lt: BigInt(nonce) }, 'desc'] as const)
      : ([{ gt: ms }, { gt: BigInt(nonce) }, 'asc'] as const);
    return this.database.prisma.inferenceRecord.findMany({
      where: {
        topicId: BigInt(topicId),
        toldMs: { gte: BigInt(from ?? 0), lt: BigInt(to ?? Number.MAX_SAFE_INTEGER) },
        // The first of both is what the index can start from.
        AND: [
          { toldMs: newest ? { lte: ms } : { gte: ms } },
          { OR: [{ toldMs: beyond }, { toldMs: ms, nonce: behind }] },
        ],
      },
      orderBy: [{ toldMs: direction }, { nonce: direction }],
      take: limit,
    });
  }

  /** The latest told before that time. */
  async latestBefore(topicId: number, to: number): Promise<InferenceRecord | null> {
    const [record] = await this.page(topicId, { to, order: 'newest', limit: 1 });
    return record ?? null;
  }
}

function addition(records: readonly InferenceRecord[], condition = Prisma.empty): Prisma.Sql {
  const doubles = (of: (record: InferenceRecord) => number | null) =>
    records.map((record) => text(of(record)));
  return Prisma.sql`
    INSERT INTO gateway.inference_history
           (topic_id, nonce, told_ms, mode, combined, naive, resistant, low68, high68, low95, high95, width95,
            effective_workers, allow_negative)
    SELECT * FROM unnest(
      ${records.map(({ topicId }) => topicId)}::bigint[], ${records.map(({ nonce }) => nonce)}::bigint[],
      ${records.map(({ toldMs }) => toldMs)}::bigint[], ${records.map(({ mode }) => mode)}::int[],
      ${doubles((record) => record.combined)}::text[]::float8[], ${doubles((record) => record.naive)}::text[]::float8[],
      ${doubles((record) => record.resistant)}::text[]::float8[],
      ${doubles((record) => record.low68)}::text[]::float8[], ${doubles((record) => record.high68)}::text[]::float8[],
      ${doubles((record) => record.low95)}::text[]::float8[], ${doubles((record) => record.high95)}::text[]::float8[],
      ${doubles((record) => record.width95)}::text[]::float8[],
      ${doubles((record) => record.effectiveWorkers)}::text[]::float8[],
      ${records.map(({ allowNegative }) => allowNegative)}::bool[])
    ${condition}
    ON CONFLICT DO NOTHING`;
}
