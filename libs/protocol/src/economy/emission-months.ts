import type { EmissionParams } from '../params';
import {
  lockedVesting,
  mintableUallo,
  monthlyEmissionUallo,
  unvestedUallo,
  type MonthlyEmissionUallo,
} from '../reward/emission-uallo';
import { divide, type Decimal18 } from '../reward/fixed-point';
import { decimalToUallo } from '../uallo';
import { participantAccount, TREASURY, vestingAccount } from './accounts';
import type { Book } from './book';
import type { VestingClass } from './genesis';
import { balanceOf, postNonZero } from './post';

/** Emission as it was set at a height, with what it was computed from. */
export interface EmissionMonth {
  readonly height: number;
  /** Whole months that had passed. */
  readonly month: number;
  readonly rate: Decimal18;
  readonly emissionUallo: bigint;
  readonly blockEmissionUallo: bigint;
  readonly stakedUallo: bigint;
  readonly circulatingUallo: bigint;
  readonly lockedVestingUallo: bigint;
  readonly treasuryUallo: bigint;
  readonly ecosystemMintedUallo: bigint;
  readonly reputersPercent: Decimal18;
}

export const isMonthStart = (height: number, blocksPerMonth: number): boolean =>
  height % blocksPerMonth === 1 % blocksPerMonth;

export const isMonthEnd = (height: number, blocksPerMonth: number): boolean => height % blocksPerMonth === 0;

/**
 * Sets what every block emits until the next month. While nothing is staked nothing is emitted, and as long as nothing
 * ever was, there is no rate to smooth from.
 */
export function startMonth(book: Book, params: EmissionParams, height: number): EmissionMonth | undefined {
  const { network } = book;
  const stakedUallo = network.topicStakeUallo + network.validatorStakeUallo;
  const emission = stakedUallo === 0n ? undefined : emissionAt(book, params, height, stakedUallo);
  const rate = emission?.rate ?? network.rate;
  const blockEmissionUallo = emission?.emissionPerBlockUallo ?? 0n;
  if (rate === null || (network.rate === null && blockEmissionUallo === 0n)) return undefined;
  book.network = { ...network, rate, blockEmissionUallo };
  const lockedVestingUallo = lockedVesting(height, network.blocksPerMonth, params);
  const treasuryUallo = balanceOf(book, TREASURY);
  const { ecosystemMintedUallo, reputersPercent } = network;
  const ecosystemLocked = treasuryUallo + mintableUallo(ecosystemMintedUallo, params);
  return {
    height,
    month: Math.floor(height / network.blocksPerMonth),
    rate,
    emissionUallo: emission?.emissionPerMonthUallo ?? 0n,
    blockEmissionUallo,
    stakedUallo,
    circulatingUallo: decimalToUallo(params.maxSupply) - lockedVestingUallo - ecosystemLocked,
    lockedVestingUallo,
    treasuryUallo,
    ecosystemMintedUallo,
    reputersPercent,
  };
}

function emissionAt(
  book: Book,
  params: EmissionParams,
  block: number,
  stakedUallo: bigint,
): MonthlyEmissionUallo {
  const { blocksPerMonth, ecosystemMintedUallo, reputersPercent, rate } = book.network;
  return monthlyEmissionUallo(
    {
      block,
      blocksPerMonth,
      ecosystemMintedUallo,
      ecosystemBalanceUallo: balanceOf(book, TREASURY),
      stakedUallo,
      reputersPercent,
      previousRate: rate ?? 0n,
    },
    rate === null ? { ...params, smoothing: 1 } : params,
  );
}

/** At a month's last block: the reputers' share of its rewards is kept for the next, and what has vested is released. */
export function closeMonth(book: Book, height: number, vesting: readonly VestingClass[]): void {
  const { network } = book;
  const { monthRewardsUallo, monthReputersUallo, reputersPercent } = network;
  book.network = {
    ...network,
    reputersPercent:
      monthRewardsUallo === 0n ? reputersPercent : divide(monthReputersUallo, monthRewardsUallo),
    monthRewardsUallo: 0n,
    monthReputersUallo: 0n,
  };
  release(book, height, vesting);
}

function release(book: Book, height: number, vesting: readonly VestingClass[]): void {
  const postings = vesting.flatMap(({ name, beneficiary, amountUallo }) => {
    const account = vestingAccount(name);
    const lockedUallo = unvestedUallo(amountUallo, height, book.network.blocksPerMonth);
    const vestedUallo = balanceOf(book, account) - lockedUallo;
    return [
      { account, amountUallo: -vestedUallo },
      { account: participantAccount(beneficiary), amountUallo: vestedUallo },
    ];
  });
  postNonZero(book, { key: `vesting:${height}`, kind: 'vesting', postings });
}
