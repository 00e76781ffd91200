import type { LedgerModel } from '../../src/testing/ledger-model';
import { participant, validatorStake } from '../../src/testing/model-state';

/*
 * Sections 10 and 11, block after block: every block is paid by itself, however long the range that was told.
 */

const ONE = 10n ** 18n;
const MAX_SUPPLY = 10n ** 27n;
const ECOSYSTEM = (MAX_SUPPLY * 3595n) / 10_000n;
const VALIDATORS_PART = ONE / 4n;
const WEEKS_IN_A_MONTH = 4.345;

export interface ModelEpoch {
  readonly topicId: number;
  readonly nonce: number;
  readonly height: number;
  readonly epochLengthBlocks: number;
}

interface VestingClass {
  readonly account: string;
  readonly beneficiary: string;
  readonly fullUallo: bigint;
}

/** To the nearest, and of two that are as near to the even one. */
function nearest(over: bigint, under: bigint): bigint {
  const down = over / under;
  const rest = 2n * (over - down * under);
  if (rest === under) return down + (down % 2n);
  return rest > under ? down + 1n : down;
}
const times = (a: bigint, b: bigint): bigint => nearest(a * b, ONE);
const per = (a: bigint, b: bigint): bigint => nearest(a * ONE, b);

/** A double as the whole number of 2^-1074 that it is. */
function timesDouble(x: number, amount: bigint): bigint {
  let whole = x;
  let halvings = 0n;
  for (; !Number.isInteger(whole); halvings += 1n) whole *= 2;
  return (BigInt(whole) * amount) >> halvings;
}

export class BlockModel {
  /** e, times 10^18. */
  rate: bigint | null = null;
  blockEmissionUallo = 0n;
  mintedUallo = 0n;
  /** rho, times 10^18. */
  reputersPart = (3n * ONE) / 10n;
  monthRewardsUallo = 0n;
  monthReputersUallo = 0n;
  totalWeight = 0;
  /** What ended epochs have to give, by `<topic>:<nonce>`. */
  readonly setAside = new Map<string, bigint>();

  constructor(
    private readonly model: LedgerModel,
    readonly blocksPerMonth: number,
    private readonly vesting: readonly VestingClass[],
  ) {}

  /** `stored` holds what was set aside for each epoch: taken over where the pool was too small for all. */
  advance(
    toHeight: number,
    ended: readonly ModelEpoch[],
    stored: ReadonlyMap<string, bigint>,
  ): string | undefined {
    const { model } = this;
    while (model.height < toHeight) {
      model.height += 1;
      const block = model.height;
      if (block % this.blocksPerMonth === 1 || this.rate === null) this.setEmission(block);
      const rewardsUallo = this.payBlock();
      if (block % this.blocksPerMonth === 0) this.endMonth(block);
      const now = ended.filter(({ height }) => height === block);
      const wrong = this.endEpochs(now, rewardsUallo, stored);
      if (wrong) return wrong;
      this.payRemovals(block);
    }
    return undefined;
  }

  private stakedUallo(): bigint {
    const { model } = this;
    return model.sumOf('stake:') + model.sumOf('delegation:') + model.sumOf('validator-stake:');
  }

  private stillLocked(fullUallo: bigint, block: number): bigint {
    const months = Math.floor(block / this.blocksPerMonth);
    if (months < 12) return fullUallo;
    if (months >= 36) return 0n;
    return (fullUallo * per(BigInt(36 - months), 36n)) / ONE;
  }

  private setEmission(block: number): void {
    const staked = this.stakedUallo();
    if (staked === 0n) {
      this.blockEmissionUallo = 0n;
      return;
    }
    const ecosystem = this.model.balance('treasury') + ECOSYSTEM - this.mintedUallo;
    const locked = this.vesting.reduce((sum, { fullUallo }) => sum + this.stillLocked(fullUallo, block), 0n);
    const circulating = MAX_SUPPLY - locked - ecosystem;
    const target = times(times(ONE / 40n, per(ecosystem, staked)), per(circulating, MAX_SUPPLY));
    const cap = per((95n * ONE) / 10_000n, times(ONE - VALIDATORS_PART, this.reputersPart) + VALIDATORS_PART);
    const wanted = target < cap ? target : cap;
    const before = this.rate === null || block < this.blocksPerMonth ? wanted : this.rate;
    const rate = times(ONE / 10n, wanted) + times((9n * ONE) / 10n, before);
    const first = this.rate === null;
    const emission = (staked * rate) / ONE / BigInt(this.blocksPerMonth);
    if (first && emission === 0n) return;
    this.rate = first ? wanted : rate;
    this.blockEmissionUallo = (staked * this.rate) / ONE / BigInt(this.blocksPerMonth);
  }

  /** Fees first, then the mint; a block that cannot be paid whole is not paid. */
  private payBlock(): bigint {
    const { model } = this;
    const stakes = [...model.holdings(validatorStake(''))];
    const all = stakes.reduce((sum, [, amount]) => sum + amount, 0n);
    const validators = (this.blockEmissionUallo * VALIDATORS_PART) / ONE;
    const rewards = this.blockEmissionUallo - validators;
    const toValidators = all === 0n ? 0n : validators;
    const lack = toValidators + rewards - model.balance('treasury');
    const mint = lack > 0n ? lack : 0n;
    if (mint > ECOSYSTEM - this.mintedUallo) return 0n;
    this.mintedUallo += mint;
    model.move('mint', 'treasury', mint);
    model.move('treasury', 'validators-pool', toValidators);
    model.move('treasury', 'rewards-pool', rewards);
    for (const [address, amount] of stakes)
      if (toValidators > 0n) model.earn(validatorStake(address), { over: toValidators * amount, under: all });
    return rewards;
  }

  private endMonth(block: number): void {
    if (this.monthRewardsUallo > 0n) this.reputersPart = per(this.monthReputersUallo, this.monthRewardsUallo);
    this.monthRewardsUallo = this.monthReputersUallo = 0n;
    for (const { account, beneficiary, fullUallo } of this.vesting) {
      const free = this.model.balance(account) - this.stillLocked(fullUallo, block);
      this.model.move(account, participant(beneficiary), free);
    }
  }

  private endEpochs(
    ended: readonly ModelEpoch[],
    rewardsUallo: bigint,
    stored: ReadonlyMap<string, bigint>,
  ): string | undefined {
    const { model } = this;
    const inOrder = [...ended].sort((a, b) => a.topicId - b.topicId);
    for (const { topicId, nonce, epochLengthBlocks } of inOrder) {
      const topic = model.topics.get(topicId)!;
      topic.epochLengthBlocks = epochLengthBlocks;
      for (const [countNonce, fee] of topic.pendingFees) {
        if (countNonce > nonce) continue;
        topic.feeRevenueUallo += fee;
        topic.pendingFees.delete(countNonce);
      }
      const weight = model.weightWith(topicId, topic.feeRevenueUallo);
      topic.weight = weight;
      topic.active = weight >= model.rules.minTopicWeight;
      const fees = Number(topic.feeRevenueUallo);
      const epochsInAWeek = this.blocksPerMonth / WEEKS_IN_A_MONTH / epochLengthBlocks;
      const rest = BigInt(Math.floor(Math.max(0, fees - fees / epochsInAWeek)));
      if (rest < topic.feeRevenueUallo) topic.feeRevenueUallo = rest;
    }
    this.totalWeight = 0;
    for (const [, { weight }] of [...model.topics].sort(([a], [b]) => a - b)) this.totalWeight += weight ?? 0;
    return this.giveEpochs(inOrder, rewardsUallo, stored);
  }

  private giveEpochs(
    ended: readonly ModelEpoch[],
    rewardsUallo: bigint,
    stored: ReadonlyMap<string, bigint>,
  ): string | undefined {
    const { model } = this;
    const weightOf = ({ topicId }: ModelEpoch): number => model.topics.get(topicId)!.weight!;
    const paid = ended
      .filter((epoch) => model.topics.get(epoch.topicId)!.active && weightOf(epoch) > 0)
      .sort((a, b) => weightOf(b) - weightOf(a) || a.topicId - b.topicId)
      .slice(0, model.rules.paidTopicsPerBlock);
    const wanted = new Map(
      paid.map((epoch) => {
        const share = weightOf(epoch) / this.totalWeight;
        return [epoch, timesDouble(share, rewardsUallo * BigInt(epoch.epochLengthBlocks))] as const;
      }),
    );
    const pool = model.balance('rewards-pool');
    const needed = [...wanted.values()].reduce((sum, amount) => sum + amount, 0n);
    const parts = paid.reduce((sum, epoch) => sum + weightOf(epoch) * epoch.epochLengthBlocks, 0);
    for (const epoch of ended) {
      const name = `${epoch.topicId}:${epoch.nonce}`;
      const given = stored.get(name);
      if (given === undefined) return `nothing is stored for epoch ${name}`;
      const due = wanted.get(epoch) ?? 0n;
      if (needed <= pool && given !== due) return `epoch ${name} is given ${given} instead of ${due}`;
      const part = (weightOf(epoch) * epoch.epochLengthBlocks) / parts;
      // The pool is too small: everything in it goes, by weight and length, as exactly as doubles can tell.
      if (
        needed > pool &&
        due > 0n &&
        Math.abs(Number(given) - Number(pool) * part) > 2 + 1e-9 * Number(pool)
      )
        return `epoch ${name} is given ${given} of a pool of ${pool}, and its part is ${part}`;
      model.move('rewards-pool', 'epoch-rewards', given);
      this.setAside.set(name, given);
    }
    if (model.balance('rewards-pool') < 0n) return `the rewards pool holds ${model.balance('rewards-pool')}`;
    return undefined;
  }

  /** Those due first; of those due together the first by name. */
  private payRemovals(block: number): void {
    const { model } = this;
    const due = [...model.removals]
      .filter(([, { dueHeight }]) => dueHeight <= block)
      .sort(([a, one], [b, other]) => one.dueHeight - other.dueHeight || (a < b ? -1 : 1));
    for (const [account, { holder, amountUallo }] of due.slice(0, model.rules.removalsPerBlock)) {
      model.move(account, participant(holder), amountUallo);
      model.removals.delete(account);
    }
  }
}
