import { isCovered, type MonthReport } from './month-report';

export interface EconomySummary {
  readonly seed: string;
  readonly months: number;
  readonly epochs: number;
  /** Sum over all months of how far the accounts were from what was issued. */
  readonly conservationErrorUallo: bigint;
  /** Months that fees paid for alone. */
  readonly monthsWithoutMint: number;
  /** Of the smoothed rate, relative, in the month in which vesting first unlocks; null before it. */
  readonly rateChangeAtFirstUnlock: number | null;
  readonly emittedUallo: bigint;
  readonly mintedUallo: bigint;
  readonly feesUallo: bigint;
  readonly rewardsUallo: bigint;
  readonly seconds: number;
  readonly violations: readonly string[];
}

/** Most that the smoothed rate may move in the month of the first unlock. */
const RATE_CHANGE_LIMIT = 0.02;

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

/** What must hold of one month, each in a sentence where it does not. */
export function violationsOf(month: MonthReport, rules: EconomyLimits): string[] {
  const { mintedInMonthUallo: minted, emissionUallo, treasuryAtFirstBlockUallo: treasury } = month;
  const lack = emissionUallo > treasury ? emissionUallo - treasury : 0n;
  const fromFees = month.feesUallo - month.inferenceFeesUallo;
  const broken: [boolean, string][] = [
    [
      month.conservationErrorUallo !== 0n,
      `accounts differ from what was issued by ${month.conservationErrorUallo} uallo`,
    ],
    [
      isCovered(month) && minted !== 0n,
      `fees covered the month, and ${minted} uallo were minted all the same`,
    ],
    [minted > lack, `${minted} uallo were minted where ${lack} were lacking`],
    [minted < 0n, 'the minted total fell'],
    [month.treasuryAtEndUallo < 0n, 'the treasury is below zero'],
    [month.mintedUallo > rules.ecosystemShareUallo, 'more was minted than the ecosystem may ever mint'],
    [
      fromFees !== rules.dataFeesUallo,
      `the treasury took ${fromFees} uallo beside consumers' fees where data fees are ${rules.dataFeesUallo}`,
    ],
  ];
  return broken.flatMap(([isBroken, text]) => (isBroken ? [`month ${month.month}: ${text}`] : []));
}

export interface EconomyLimits {
  readonly ecosystemShareUallo: bigint;
  /** Owed in the month for what was submitted. */
  readonly dataFeesUallo: bigint;
}

export function rateChangeAt(months: readonly MonthReport[], unlockMonth: number): number | null {
  const [before, at] = [months[unlockMonth - 1], months[unlockMonth]];
  return before && at ? at.rate / before.rate - 1 : null;
}

export function summariseEconomy(
  months: readonly MonthReport[],
  run: {
    readonly seed: string;
    readonly epochs: number;
    readonly seconds: number;
    readonly unlockMonth: number;
    readonly violations: readonly string[];
  },
): EconomySummary {
  const { seed, epochs, seconds, unlockMonth } = run;
  const change = rateChangeAt(months, unlockMonth);
  const jumped =
    change !== null && Math.abs(change) >= RATE_CHANGE_LIMIT
      ? [
          `month ${unlockMonth}: the smoothed rate moved by ${(change * 100).toFixed(2)} % at the first unlock`,
        ]
      : [];
  return {
    seed,
    months: months.length,
    epochs,
    conservationErrorUallo: sum(months.map((month) => size(month.conservationErrorUallo))),
    monthsWithoutMint: months.filter((month) => isCovered(month) && month.mintedInMonthUallo === 0n).length,
    rateChangeAtFirstUnlock: change,
    emittedUallo: sum(months.map(({ emissionUallo }) => emissionUallo)),
    mintedUallo: sum(months.map(({ mintedInMonthUallo }) => mintedInMonthUallo)),
    feesUallo: sum(months.map(({ feesUallo }) => feesUallo)),
    rewardsUallo: sum(months.map(({ rewardsUallo }) => rewardsUallo)),
    seconds,
    violations: [...run.violations, ...jumped],
  };
}
