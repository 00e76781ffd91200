import { setTimeout as sleep } from 'node:timers/promises';
import type { EmissionMonth, Supply } from '@allora/sdk/economy-types';
import type { EconomyClient } from './economy-client';
import { violationsOf } from './economy-summary';
import type { MonthReport } from './month-report';

/** A month of the accelerated clock, in blocks. */
export const BLOCKS_PER_MONTH = 30;
/** As the network charges by default for each submission that is taken. */
const DATA_FEE_UALLO = 10n;
const LEDGER_LIMIT_MS = 60_000;

/** What was done in a month. */
export interface Played {
  readonly inferenceFeesUallo: bigint;
  readonly rewardsUallo: bigint;
  readonly submissions: number;
}

export interface PlayedMonth {
  readonly month: number;
  readonly start: Supply;
  readonly played: Played;
}

function reportMonth(
  { month, start, played }: PlayedMonth,
  emission: EmissionMonth,
  end: Supply,
): MonthReport {
  const blocks = BigInt((month + 1) * BLOCKS_PER_MONTH - emission.height + 1);
  const mintedInMonthUallo = end.emittedUallo - start.emittedUallo;
  const emittedUallo = emission.blockEmissionUallo * blocks;
  return {
    month,
    height: emission.height,
    rate: Number(emission.rate),
    emissionUallo: emission.emissionUallo,
    blockEmissionUallo: emission.blockEmissionUallo,
    circulatingUallo: emission.circulatingUallo,
    stakedUallo: emission.stakedUallo,
    lockedUallo: emission.lockedVestingUallo,
    treasuryUallo: start.treasuryUallo,
    treasuryAtFirstBlockUallo: emission.treasuryUallo,
    treasuryAtEndUallo: end.treasuryUallo,
    mintedUallo: end.emittedUallo,
    mintedInMonthUallo,
    feesUallo: end.treasuryUallo - start.treasuryUallo + emittedUallo - mintedInMonthUallo,
    inferenceFeesUallo: played.inferenceFeesUallo,
    rewardsUallo: played.rewardsUallo,
    conservationErrorUallo: end.conservationErrorUallo,
  };
}

/** A month is over once the ledger has applied all its blocks and has all its fees, which come on ways of their own. */
export async function closeMonth(
  client: EconomyClient,
  month: PlayedMonth,
): Promise<{ report: MonthReport; end: Supply; violations: string[] }> {
  const height = (month.month + 1) * BLOCKS_PER_MONTH;
  const dataFeesUallo = BigInt(month.played.submissions) * DATA_FEE_UALLO;
  const endMs = Date.now() + LEDGER_LIMIT_MS;
  for (;;) {
    const { height: reached, months } = await client.emission({ months: 2 });
    const late = Date.now() > endMs;
    if (late && reached < height) throw new Error(`the ledger stays at block ${reached} of ${height}`);
    if (reached >= height) {
      const emission = months.find((one) => one.month === month.month);
      if (!emission) throw new Error(`the network tells of no emission in month ${month.month}`);
      const end = await client.supply();
      const report = reportMonth(month, emission, end);
      const ecosystemShareUallo = end.emittedUallo + end.mintableUallo;
      if (late || report.feesUallo - report.inferenceFeesUallo >= dataFeesUallo)
        return { report, end, violations: violationsOf(report, { dataFeesUallo, ecosystemShareUallo }) };
    }
    await sleep(10);
  }
}
