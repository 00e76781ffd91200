import type { EpochRewards, TopicWeight } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { type Registration, Role, Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { Database, type Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { NO_TOTAL, type TopicTotal } from './topic-body';

/** Sums by topic, kept as they change. Each change must come once. */
@Injectable()
export class TopicTotalsStore {
  constructor(private readonly database: Database) {}

  async topicTold(tx: Tx, { id }: Topic, atMs: number): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO gateway.topic_totals AS t (topic_id, updated_at_ms) VALUES (${BigInt(id)}, ${BigInt(atMs)})
      ON CONFLICT (topic_id) DO UPDATE SET updated_at_ms = greatest(t.updated_at_ms, excluded.updated_at_ms)`;
  }

  async addRegistration(tx: Tx, { topicId, role }: Registration, atMs: number): Promise<void> {
    const [workers, reputers] = role === Role.REPUTER ? [0, 1] : [1, 0];
    await tx.$executeRaw`
      INSERT INTO gateway.topic_totals AS t (topic_id, worker_count, reputer_count, updated_at_ms)
      VALUES (${BigInt(topicId)}, ${workers}::int, ${reputers}::int, ${BigInt(atMs)})
      ON CONFLICT (topic_id) DO UPDATE
        SET worker_count = t.worker_count + excluded.worker_count,
            reputer_count = t.reputer_count + excluded.reputer_count,
            updated_at_ms = greatest(t.updated_at_ms, excluded.updated_at_ms)`;
  }

  /** What is staked as of a height; an older telling changes nothing. */
  async saveWeight(tx: Tx, { topicId, height, stakeUallo }: TopicWeight, atMs: number): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO gateway.topic_totals AS t (topic_id, staked_uallo, staked_height, updated_at_ms)
      VALUES (${BigInt(topicId)}, ${stakeUallo}::numeric, ${BigInt(height)}, ${BigInt(atMs)})
      ON CONFLICT (topic_id) DO UPDATE
        SET staked_uallo = excluded.staked_uallo, staked_height = excluded.staked_height,
            updated_at_ms = greatest(t.updated_at_ms, excluded.updated_at_ms)
      WHERE t.staked_height IS NULL OR t.staked_height <= excluded.staked_height`;
  }

  async addPayments(tx: Tx, { topicId, payments }: EpochRewards, atMs: number): Promise<void> {
    const paidUallo = payments.reduce(
      (sum, { amountUallo, delegatorsUallo }) => sum + BigInt(amountUallo) + BigInt(delegatorsUallo ?? 0),
      0n,
    );
    await tx.$executeRaw`
      INSERT INTO gateway.topic_totals AS t (topic_id, paid_uallo, updated_at_ms)
      VALUES (${BigInt(topicId)}, ${paidUallo.toString()}::numeric, ${BigInt(atMs)})
      ON CONFLICT (topic_id) DO UPDATE
        SET paid_uallo = t.paid_uallo + excluded.paid_uallo,
            updated_at_ms = greatest(t.updated_at_ms, excluded.updated_at_ms)`;
  }

  /** By ascending id; all of them without a limit. */
  async list(options: { after: number; limit?: number | undefined }) {
    const above = { topicId: { gt: BigInt(options.after) } };
    const topics = await this.database.prisma.gatewayTopic.findMany({
      where: above,
      orderBy: { topicId: 'asc' },
      ...(options.limit === undefined ? {} : { take: options.limit }),
    });
    const last = topics.at(-1)?.topicId ?? 0n;
    const rows = await this.database.prisma.topicTotals.findMany({
      where: { topicId: { gt: above.topicId.gt, lte: last } },
    });
    const totals = new Map(rows.map((row) => [row.topicId, totalOf(row)]));
    return topics.map(({ topicId, message }) => ({
      topic: Topic.decode(message),
      total: totals.get(topicId) ?? NO_TOTAL,
    }));
  }
}

interface TotalsRow {
  readonly workerCount: number;
  readonly reputerCount: number;
  readonly stakedUallo: { toFixed(places: number): string };
  readonly paidUallo: { toFixed(places: number): string };
  readonly updatedAtMs: bigint;
}

const totalOf = (row: TotalsRow): TopicTotal => ({
  workerCount: row.workerCount,
  reputerCount: row.reputerCount,
  stakedUallo: BigInt(row.stakedUallo.toFixed(0)),
  paidUallo: BigInt(row.paidUallo.toFixed(0)),
  updatedAtMs: Number(row.updatedAtMs),
});
