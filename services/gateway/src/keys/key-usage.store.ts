import { Database } from '@allora/store/database';
import { Injectable } from '@nestjs/common';

export interface Usage {
  readonly lineage: string;
  readonly period: string;
  readonly points: number;
  readonly limit: number;
}

/** How much of its quotas a key and its successors have used: it outlives every restart, with or without Redis. */
@Injectable()
export class KeyUsageStore {
  constructor(private readonly database: Database) {}

  /** Adds, and says what it comes to; beyond the limit what is kept goes back to it, so that nothing is owed. */
  async add({ lineage, period, points, limit }: Usage): Promise<number> {
    const [row] = await this.database.prisma.$queryRaw<{ used: bigint }[]>`
      INSERT INTO gateway.api_key_usage AS usage (lineage, period, used) VALUES (${lineage}, ${period}, ${points})
      ON CONFLICT (lineage, period) DO UPDATE SET used = usage.used + ${points} RETURNING used`;
    const used = Number(row?.used ?? 0n);
    if (used > limit) {
      await this.database.prisma.$executeRaw`
        UPDATE gateway.api_key_usage SET used = least(used, ${limit}) WHERE lineage = ${lineage} AND period = ${period}`;
    }
    return used;
  }

  async giveBack(unspent: readonly Omit<Usage, 'limit'>[]): Promise<void> {
    const [lineages, periods, points] = [
      unspent.map(({ lineage }) => lineage),
      unspent.map(({ period }) => period),
      unspent.map((each) => each.points),
    ];
    await this.database.prisma.$executeRaw`
      UPDATE gateway.api_key_usage AS usage SET used = greatest(0, usage.used - back.points)
      FROM unnest(${lineages}::text[], ${periods}::text[], ${points}::bigint[]) AS back (lineage, period, points)
      WHERE usage.lineage = back.lineage AND usage.period = back.period`;
  }
}
