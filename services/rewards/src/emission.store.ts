import type { EmissionMonth } from '@allora/protocol/economy/emission-months';
import { Database, type Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';

type MonthRow = Record<Exclude<keyof EmissionMonth, 'height' | 'month'>, string> & {
  readonly height: number;
  readonly month: number;
};

/** Emission of the months, as it was set at each one's first block. */
@Injectable()
export class EmissionStore {
  constructor(private readonly database: Database) {}

  async save(tx: Tx, months: readonly EmissionMonth[]): Promise<void> {
    for (const { height, month, ...amounts } of months) {
      const text = Object.fromEntries(
        Object.entries(amounts).map(([name, amount]) => [name, amount.toString()]),
      ) as Omit<MonthRow, 'height' | 'month'>;
      await tx.emissionMonth.create({ data: { height: BigInt(height), month, ...text } });
    }
  }

  /** The latest, in ascending order. */
  async latest(count: number): Promise<EmissionMonth[]> {
    const rows = await this.database.prisma.emissionMonth.findMany({
      orderBy: { height: 'desc' },
      take: count,
    });
    return rows.reverse().map((row) => ({
      height: Number(row.height),
      month: row.month,
      rate: BigInt(row.rate.toFixed(0)),
      emissionUallo: BigInt(row.emissionUallo.toFixed(0)),
      blockEmissionUallo: BigInt(row.blockEmissionUallo.toFixed(0)),
      stakedUallo: BigInt(row.stakedUallo.toFixed(0)),
      circulatingUallo: BigInt(row.circulatingUallo.toFixed(0)),
      lockedVestingUallo: BigInt(row.lockedVestingUallo.toFixed(0)),
      treasuryUallo: BigInt(row.treasuryUallo.toFixed(0)),
      ecosystemMintedUallo: BigInt(row.ecosystemMintedUallo.toFixed(0)),
      reputersPercent: BigInt(row.reputersPercent.toFixed(0)),
    }));
  }
}
