import { ProtocolError } from '../errors';
import { ema, saturate } from '../numeric';
import { checkParams, EMISSION_PARAMETERS, type EmissionParams } from '../params';
import { VESTING_CLIFF_MONTHS, VESTING_MONTHS } from '../reference-profile';
import { requireStakes } from '../shape';

/** State of the supply at the first block of a month; amounts in ALLO. */
export interface EmissionInput {
  readonly block: number;
  readonly blocksPerMonth: number;
  /** Minted so far by the ecosystem account. */
  readonly ecosystemMinted: number;
  readonly ecosystemBalance: number;
  /** Validators' bonded tokens and all stake on reputers. */
  readonly staked: number;
  /** rho: the reputers' share of the rewards, as stored a month ago. */
  readonly reputersPercent: number;
  /** e of last month. */
  readonly previousRate: number;
}

/** Real-number emission of a month, in ALLO, nothing truncated. */
export interface MonthlyEmission {
  readonly lockedVesting: number;
  readonly mintRemaining: number;
  readonly ecosystemLocked: number;
  readonly circulating: number;
  readonly targetRate: number;
  readonly maxRate: number;
  readonly cappedRate: number;
  /** Per month; stored for the next. */
  readonly rate: number;
  readonly emissionPerMonth: number;
  readonly emissionPerBlock: number;
  readonly minted: number;
  readonly validatorPayment: number;
  readonly alloraPayment: number;
  /** Negative where even minting all that is left does not cover the payment, which then fails. */
  readonly ecosystemBalanceAfter: number;
}

/** Section 11 in real arithmetic; `monthlyEmissionUallo` is the chain's exact integer form. */
export function monthlyEmission(input: EmissionInput, params: EmissionParams): MonthlyEmission {
  checkParams(params, EMISSION_PARAMETERS);
  checkEmissionInput(input, params);
  const { maxSupply } = params;
  const lockedVesting = lockedVestingShare(input.block, input.blocksPerMonth) * vestingSupply(params);
  const mintRemaining = params.ecosystemPercent * maxSupply - input.ecosystemMinted;
  const ecosystemLocked = saturate(input.ecosystemBalance + mintRemaining);
  const circulating = saturate(maxSupply - lockedVesting - ecosystemLocked);
  if (circulating < 0) {
    throw new ProtocolError(
      'NEGATIVE_CIRCULATION',
      'locked tokens exceed the supply; check ecosystem balance and minted total against the maximum supply',
    );
  }
  const lockedPerStaked = saturate(ecosystemLocked / input.staked);
  const targetRate = saturate(params.fEmission * lockedPerStaked * (circulating / maxSupply));
  const maxRate = maxMonthlyRate(input.reputersPercent, params);
  const cappedRate = Math.min(targetRate, maxRate);
  const first = input.block < input.blocksPerMonth;
  const rate = ema(params.smoothing, cappedRate, first ? cappedRate : input.previousRate);
  const emissionPerMonth = saturate(rate * input.staked);
  const emissionPerBlock = emissionPerMonth / input.blocksPerMonth;
  return {
    lockedVesting,
    mintRemaining,
    ecosystemLocked,
    circulating,
    targetRate,
    maxRate,
    cappedRate,
    rate,
    emissionPerMonth,
    emissionPerBlock,
    ...payBlock(emissionPerBlock, input.ecosystemBalance, mintRemaining, params.validatorsPercent),
  };
}

function vestingSupply(params: EmissionParams): number {
  return (params.investorsPreseedPercent + params.investorsPercent + params.teamPercent) * params.maxSupply;
}

/** Part of the vesting tokens that is still locked: all for a year, then less each month, none after three. */
function lockedVestingShare(block: number, blocksPerMonth: number): number {
  const months = Math.floor(block / blocksPerMonth);
  if (months < VESTING_CLIFF_MONTHS) return 1;
  return months < VESTING_MONTHS ? (VESTING_MONTHS - months) / VESTING_MONTHS : 0;
}

/** The rate at which stakers get the highest yield allowed, per month. */
function maxMonthlyRate(reputersPercent: number, params: EmissionParams): number {
  const stakersShare = (1 - params.validatorsPercent) * reputersPercent + params.validatorsPercent;
  if (stakersShare === 0) {
    throw new ProtocolError('INVALID_INPUT', 'neither validators nor reputers have a share of the emission');
  }
  return saturate(params.maxMonthlyYield / stakersShare);
}

/** One block's payment: fees of the ecosystem account first, minting only what they lack. */
function payBlock(need: number, balance: number, mintRemaining: number, validatorsPercent: number) {
  const minted = need > balance ? Math.min(need - balance, mintRemaining) : 0;
  const validatorPayment = validatorsPercent * need;
  return {
    minted,
    validatorPayment,
    alloraPayment: need - validatorPayment,
    ecosystemBalanceAfter: saturate(balance + minted - need),
  };
}

function checkEmissionInput(input: EmissionInput, params: EmissionParams): void {
  requireStakes('the emission input', Object.values(input));
  requireBlocks(input.block, input.blocksPerMonth);
  if (input.staked === 0) {
    throw new ProtocolError('ZERO_STAKE', 'nothing is staked; there is no rate to emit at');
  }
  if (input.reputersPercent > 1 || input.ecosystemMinted > params.ecosystemPercent * params.maxSupply) {
    throw new ProtocolError(
      'INVALID_INPUT',
      'a share is above 1, or more was minted than the ecosystem may mint',
    );
  }
}

export function requireBlocks(block: number, blocksPerMonth: number): void {
  if (!Number.isInteger(block) || block < 0 || !Number.isInteger(blocksPerMonth) || blocksPerMonth < 1) {
    throw new ProtocolError(
      'INVALID_INPUT',
      'block and blocksPerMonth are whole numbers of blocks, the latter >= 1',
    );
  }
}
