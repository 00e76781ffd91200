import { ProtocolError } from '../errors';
import { checkParams, EMISSION_PARAMETERS, type EmissionParams } from '../params';
import { VESTING_CLIFF_MONTHS, VESTING_MONTHS } from '../reference-profile';
import { decimalToUallo } from '../uallo';
import { requireBlocks } from './emission';
import { divide, multiply, multiplyAmount, ONE, type Decimal18 } from './fixed-point';

/** State of the supply at the first block of a month, exact. */
export interface EmissionUalloInput {
  readonly block: number;
  readonly blocksPerMonth: number;
  readonly ecosystemMintedUallo: bigint;
  readonly ecosystemBalanceUallo: bigint;
  readonly stakedUallo: bigint;
  /** rho times 10^18. */
  readonly reputersPercent: Decimal18;
  /** e of last month times 10^18. */
  readonly previousRate: Decimal18;
}

export interface MonthlyEmissionUallo {
  /** e times 10^18, per month; stored for the next. */
  readonly rate: Decimal18;
  readonly emissionPerMonthUallo: bigint;
  readonly emissionPerBlockUallo: bigint;
  readonly lockedVestingUallo: bigint;
}

/** Section 11 as the chain computes it: 18-decimal fixed point in the chain's order of operations. */
export function monthlyEmissionUallo(
  input: EmissionUalloInput,
  params: EmissionParams,
): MonthlyEmissionUallo {
  checkParams(params, EMISSION_PARAMETERS);
  requireBlocks(input.block, input.blocksPerMonth);
  checkAmounts(input);
  const maxSupply = decimalToUallo(params.maxSupply);
  const lockedVestingUallo = lockedVesting(input.block, input.blocksPerMonth, params);
  const mintable = mintableUallo(input.ecosystemMintedUallo, params);
  const ecosystemLocked = input.ecosystemBalanceUallo + mintable;
  const circulating = maxSupply - lockedVestingUallo - ecosystemLocked;
  if (mintable < 0n || circulating < 0n) {
    throw new ProtocolError(
      'NEGATIVE_CIRCULATION',
      'minted or locked tokens exceed the supply; check the accounts',
    );
  }
  const perStaked = divide(ecosystemLocked, input.stakedUallo);
  const target = multiply(
    multiply(decimalToUallo(params.fEmission), perStaked),
    divide(circulating, maxSupply),
  );
  const cap = maxRate(input.reputersPercent, params);
  const capped = target < cap ? target : cap;
  const alpha = decimalToUallo(params.smoothing);
  const previous = input.block < input.blocksPerMonth ? capped : input.previousRate;
  const rate = multiply(alpha, capped) + multiply(ONE - alpha, previous);
  const emissionPerMonthUallo = multiplyAmount(input.stakedUallo, rate);
  return {
    rate,
    emissionPerMonthUallo,
    emissionPerBlockUallo: emissionPerMonthUallo / BigInt(input.blocksPerMonth),
    lockedVestingUallo,
  };
}

/** What the ecosystem account may still mint. */
export function mintableUallo(
  ecosystemMintedUallo: bigint,
  params: Pick<EmissionParams, 'maxSupply' | 'ecosystemPercent'>,
): bigint {
  const share = multiplyAmount(decimalToUallo(params.maxSupply), decimalToUallo(params.ecosystemPercent));
  return share - ecosystemMintedUallo;
}

export interface BlockPayment {
  readonly mintedUallo: bigint;
  readonly validatorsUallo: bigint;
  /** e_block of section 10: what the rewards account gets. */
  readonly rewardsUallo: bigint;
  /** Negative where even minting all that is left does not cover the payment, which then must not be made. */
  readonly ecosystemBalanceAfterUallo: bigint;
}

/** Every block of section 11: fees of the ecosystem account pay first, only what they lack is minted. */
export function blockPayment(
  input: {
    readonly needUallo: bigint;
    readonly ecosystemBalanceUallo: bigint;
    readonly mintableUallo: bigint;
  },
  params: Pick<EmissionParams, 'validatorsPercent'>,
): BlockPayment {
  const { needUallo, ecosystemBalanceUallo: balance } = input;
  const lacking = needUallo > balance ? needUallo - balance : 0n;
  const mintedUallo = lacking < input.mintableUallo ? lacking : input.mintableUallo;
  const validatorsUallo = multiplyAmount(needUallo, decimalToUallo(params.validatorsPercent));
  return {
    mintedUallo,
    validatorsUallo,
    rewardsUallo: needUallo - validatorsUallo,
    ecosystemBalanceAfterUallo: balance + mintedUallo - needUallo,
  };
}

function checkAmounts(input: EmissionUalloInput): void {
  const amounts = [
    input.ecosystemMintedUallo,
    input.ecosystemBalanceUallo,
    input.previousRate,
    input.stakedUallo,
  ];
  if (amounts.some((amount) => amount < 0n) || input.reputersPercent < 0n || input.reputersPercent > ONE) {
    throw new ProtocolError('INVALID_INPUT', 'amounts and rates are not negative, and a share is at most 1');
  }
  if (input.stakedUallo === 0n) {
    throw new ProtocolError('ZERO_STAKE', 'nothing is staked; there is no rate to emit at');
  }
}

/** What of all vesting classes is still locked. */
export function lockedVesting(block: number, blocksPerMonth: number, params: EmissionParams): bigint {
  const maxSupply = decimalToUallo(params.maxSupply);
  return [params.investorsPreseedPercent, params.investorsPercent, params.teamPercent]
    .map((percent) => multiplyAmount(maxSupply, decimalToUallo(percent)))
    .map((classUallo) => unvestedUallo(classUallo, block, blocksPerMonth))
    .reduce((total, locked) => total + locked, 0n);
}

/** What of a vesting class is still locked: all for a year, then less each month, nothing after three. */
export function unvestedUallo(classUallo: bigint, block: number, blocksPerMonth: number): bigint {
  const months = Math.floor(block / blocksPerMonth);
  if (months >= VESTING_MONTHS) return 0n;
  if (months < VESTING_CLIFF_MONTHS) return classUallo;
  return multiplyAmount(classUallo, divide(BigInt(VESTING_MONTHS - months), BigInt(VESTING_MONTHS)));
}

function maxRate(reputersPercent: Decimal18, params: EmissionParams): Decimal18 {
  const validators = decimalToUallo(params.validatorsPercent);
  const stakersShare = multiply(ONE - validators, reputersPercent) + validators;
  if (stakersShare === 0n) {
    throw new ProtocolError('INVALID_INPUT', 'neither validators nor reputers have a share of the emission');
  }
  return divide(decimalToUallo(params.maxMonthlyYield), stakersShare);
}
