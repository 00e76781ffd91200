import { seededUnit } from '../seed';

/**
 * What people do in a month of the accelerated clock; months count from 0. Everything else follows from the network's rules.
 */
export interface MonthPlan {
  /** What consumers pay for inferences, as a share of what the network emits in the month. */
  readonly feeShare: number;
  /** True: all of it before the month's first block. False: a part with each epoch. */
  readonly paidAhead: boolean;
  /** Workers sell what they have earned to consumers. */
  readonly workersSell: boolean;
  readonly delegatorsClaim: boolean;
  readonly validatorsClaim: boolean;
  /** A delegator takes a hundredth of its stake out; every other time it changes its mind. */
  readonly removal: 'none' | 'kept' | 'cancelled';
  /** A delegator moves a tenth of its stake from one reputer to another. */
  readonly redelegates: boolean;
}

/** Two months of each eight are so busy that fees alone pay for them. */
const BUSY_EVERY_MONTHS = 8;
const BUSY_FROM = 5;

export function planOf(month: number, seed: string): MonthPlan {
  const busy = month % BUSY_EVERY_MONTHS >= BUSY_FROM && month % BUSY_EVERY_MONTHS < BUSY_FROM + 2;
  const unit = seededUnit(seed, 'fees', month);
  const removes = month % 7 === 3;
  return {
    feeShare: busy ? 1.2 + 0.4 * unit : 0.05 + 0.5 * unit,
    paidAhead: busy,
    workersSell: month % 3 === 2,
    delegatorsClaim: month % 4 === 1,
    validatorsClaim: month % 4 === 3,
    removal: removes ? (month % 2 === 0 ? 'cancelled' : 'kept') : 'none',
    redelegates: month % 10 === 6,
  };
}

/** Of what circulates, holders keep this much staked. */
export const STAKED_PER_MILLE = 600n;

/** A share of an amount, exact to a millionth of the share. */
export const shareOf = (amountUallo: bigint, share: number): bigint =>
  (amountUallo * BigInt(Math.round(share * 1_000_000))) / 1_000_000n;
