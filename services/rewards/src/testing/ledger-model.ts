import type { Command } from '@allora/protocol/economy/commands';
import { floorOf, type Fraction, NOTHING, plus } from './fraction';
import {
  type Claim,
  claimOf,
  delegation,
  heldIn,
  type ModelEarnings,
  type ModelRemoval,
  type ModelRules,
  type ModelTopic,
  participant,
  type RefusalCode,
  removalOf,
  type Result,
  stake,
  validatorRemoval,
  validatorStake,
} from './model-state';

/*
 * What the ledger must hold after every command, written down as plainly as it can be said and without a line of the code
 * that it judges: no indexes, no segments, no running totals. Stakes are summed up whenever somebody asks for them, and
 * what a delegator or a validator has earned is the exact sum of its shares.
 */

interface Plan {
  readonly moves: readonly (readonly [from: string, to: string, amountUallo: bigint])[];
  /** Everything that speaks against it: any of these is a fitting answer. */
  readonly against: readonly RefusalCode[];
  readonly dueHeight?: number;
  readonly then?: () => void;
}

/**
 * The ledger divides by the stake of a payment and carries the rest of the division into the next: that next share can be
 * larger than exact by far less than this part of a uallo, and smaller before.
 */
const HAIR: Fraction = { over: 1n, under: 10n ** 6n };
const MILLION = 1_000_000n;

export class LedgerModel {
  height = 0;
  readonly balances = new Map<string, bigint>();
  readonly topics = new Map<number, ModelTopic>();
  readonly removals = new Map<string, ModelRemoval>();
  /** By delegation account or validator's stake account. */
  readonly earnings = new Map<string, ModelEarnings>();
  /** Accounts whose balance was moved since this was emptied last. */
  readonly touched = new Set<string>();

  constructor(
    readonly rules: ModelRules,
    opening: Iterable<readonly [string, bigint]>,
  ) {
    this.balances = new Map(opening);
  }

  balance(account: string): bigint {
    return this.balances.get(account) ?? 0n;
  }

  move(from: string, to: string, amountUallo: bigint): void {
    if (amountUallo === 0n) return;
    this.balances.set(from, this.balance(from) - amountUallo);
    this.balances.set(to, this.balance(to) + amountUallo);
    this.touched.add(from).add(to);
  }

  openTopic(topicId: number, epochLengthBlocks: number): void {
    this.topics.set(topicId, {
      epochLengthBlocks,
      feeRevenueUallo: 0n,
      pendingFees: new Map(),
      weight: null,
      active: true,
      snapshots: new Map(),
    });
  }

  /** Sum of the balances of all accounts whose name begins so. */
  sumOf(prefix: string): bigint {
    let sum = 0n;
    for (const [name, balance] of this.balances) if (name.startsWith(prefix)) sum += balance;
    return sum;
  }

  topicStake(topicId: number): bigint {
    return this.sumOf(`stake:${topicId}:`) + this.sumOf(`delegation:${topicId}:`);
  }

  /** Accounts of a kind above zero, `prefix` cut off. */
  *holdings(prefix: string): Generator<readonly [rest: string, balanceUallo: bigint]> {
    for (const [name, balance] of this.balances)
      if (balance > 0n && name.startsWith(prefix)) yield [name.slice(prefix.length), balance];
  }

  /** Whether the answer is the right one; if so, it is done here too. Returns what is wrong with it. */
  judge(command: Command, result: Result): string | undefined {
    const plan = this.planOf(command, result);
    const against = [...plan.against];
    for (const [from, , amount] of plan.moves) {
      if (amount <= 0n) against.push('VALUE_NOT_ALLOWED');
      else if (this.balance(from) < amount) against.push('INSUFFICIENT_BALANCE');
    }
    if (!result.accepted) {
      if (against.includes(result.code as RefusalCode) || this.mayRefuse(command, result)) return undefined;
      return `refused with ${result.code}, but ${against.length > 0 ? against.join(' or ') : 'nothing'} speaks against it`;
    }
    if (against.length > 0) return `accepted, but ${against.join(' and ')}`;
    const moved = plan.moves.reduce((sum, [, , amount]) => sum + amount, 0n);
    if (result.movedUallo !== moved) return `moved ${result.movedUallo} instead of ${moved}`;
    if (result.dueHeight !== plan.dueHeight) return `due at ${result.dueHeight} instead of ${plan.dueHeight}`;
    for (const [from, to, amount] of plan.moves) this.move(from, to, amount);
    plan.then?.();
    return undefined;
  }

  /** What of the exact sum is not claimed: what a claim moves lies between the two. */
  claimable(name: string): { readonly leastUallo: bigint; readonly mostUallo: bigint } {
    const { exact, claimedUallo, cuts } = this.earningsOf(name);
    const mostUallo = floorOf(plus(exact, HAIR)) - claimedUallo;
    const least = floorOf(exact) - claimedUallo - cuts - 1n;
    return { leastUallo: least > 0n ? least : 0n, mostUallo };
  }

  earn(name: string, part: Fraction): void {
    const earnings = this.earningsOf(name);
    earnings.exact = plus(earnings.exact, part);
  }

  earningsOf(name: string): ModelEarnings {
    const known = this.earnings.get(name);
    if (known) return known;
    const made = { exact: NOTHING, claimedUallo: 0n, cuts: 0n };
    this.earnings.set(name, made);
    return made;
  }

  private mayRefuse(command: Command, { code }: Result): boolean {
    if (code !== 'NOTHING_TO_CLAIM') return false;
    return this.claimable(claimOf(command)!.name).leastUallo === 0n;
  }

  private planOf(command: Command, result: Result): Plan {
    const claim = claimOf(command);
    if (claim) return this.claimPlan(claim, result);
    switch (command.kind) {
      case 'transfer':
        return {
          moves: [[participant(command.from), participant(command.to), command.amountUallo]],
          against: command.from === command.to ? ['VALUE_NOT_ALLOWED'] : [],
        };
      case 'faucet':
        return { moves: [['faucet', participant(command.to), command.amountUallo]], against: [] };
      case 'topic-creation-fee':
        return {
          moves: [[participant(command.from), 'treasury', this.rules.topicCreationFeeUallo]],
          against: [],
        };
      case 'registration-fee':
        return this.feePlan(command.topicId, command.from, this.rules.registrationFeeUallo);
      case 'fund-topic':
      case 'pay-inference':
        return this.feePlan(command.topicId, command.from, command.amountUallo);
      case 'slash':
        return this.slashPlan(command);
      default:
        return this.stakePlan(command);
    }
  }

  private feePlan(topicId: number, from: string, amountUallo: bigint): Plan {
    return {
      moves: [[participant(from), 'treasury', amountUallo]],
      against: this.unknown(topicId),
      then: () => {
        this.topics.get(topicId)!.feeRevenueUallo += amountUallo;
        this.wake(topicId);
      },
    };
  }

  private stakePlan(command: Command): Plan {
    switch (command.kind) {
      case 'stake': {
        const { topicId, reputer, amountUallo } = command;
        return {
          moves: [[participant(reputer), stake(topicId, reputer), amountUallo]],
          against: this.unknown(topicId),
          then: () => this.wake(topicId),
        };
      }
      case 'delegate': {
        const { holder, topicId, reputer, amountUallo } = command;
        const name = delegation(topicId, reputer, holder);
        return {
          moves: [[participant(holder), name, amountUallo]],
          against: this.againstDelegating(holder, topicId, reputer),
          then: () => {
            this.cut(topicId, name);
            this.wake(topicId);
          },
        };
      }
      case 'redelegate':
        return this.redelegatePlan(command);
      case 'remove-stake': {
        const { holder, topicId, reputer, amountUallo } = command;
        const from = heldIn(topicId, reputer, holder);
        return this.removalPlan(holder, from, removalOf(topicId, reputer, holder), amountUallo, topicId);
      }
      case 'cancel-removal': {
        const { holder, topicId, reputer } = command;
        return this.cancelPlan(removalOf(topicId, reputer, holder), topicId);
      }
      case 'stake-validator': {
        const { validator, amountUallo } = command;
        const name = validatorStake(validator);
        return {
          moves: [[participant(validator), name, amountUallo]],
          against: [],
          then: () => void (this.earningsOf(name).cuts += 1n),
        };
      }
      case 'remove-validator-stake': {
        const { validator, amountUallo } = command;
        const name = validatorStake(validator);
        return this.removalPlan(validator, name, validatorRemoval(validator), amountUallo);
      }
      case 'cancel-validator-removal':
        return this.cancelPlan(validatorRemoval(command.validator));
      default:
        throw new Error(`${command.kind} is none of stake`);
    }
  }

  private redelegatePlan(command: Extract<Command, { kind: 'redelegate' }>): Plan {
    const { holder, topicId, reputer, toTopicId, toReputer, amountUallo } = command;
    const from = delegation(topicId, reputer, holder);
    const to = delegation(toTopicId, toReputer, holder);
    return {
      moves: [[from, to, amountUallo]],
      against: [
        ...this.unknown(topicId),
        ...this.againstDelegating(holder, toTopicId, toReputer),
        ...(from === to || holder === reputer ? (['VALUE_NOT_ALLOWED'] as const) : []),
      ],
      then: () => {
        this.cut(topicId, from);
        this.cut(toTopicId, to);
        this.wake(toTopicId);
      },
    };
  }

  private removalPlan(holder: string, from: string, to: string, amountUallo: bigint, topicId?: number): Plan {
    const dueHeight = this.height + this.rules.removalDelayBlocks;
    return {
      moves: [[from, to, amountUallo]],
      against: [
        ...(topicId === undefined ? [] : this.unknown(topicId)),
        ...(this.removals.has(to) ? (['REMOVAL_PENDING'] as const) : []),
      ],
      dueHeight,
      then: () => {
        this.removals.set(to, { holder, amountUallo, dueHeight, backTo: from });
        this.cut(topicId, from);
      },
    };
  }

  private cancelPlan(name: string, topicId?: number): Plan {
    const removal = this.removals.get(name);
    if (!removal)
      return { moves: [], against: ['NO_REMOVAL', ...(topicId === undefined ? [] : this.unknown(topicId))] };
    return {
      moves: [[name, removal.backTo, removal.amountUallo]],
      against: [],
      then: () => {
        this.removals.delete(name);
        this.cut(topicId, removal.backTo);
        if (topicId !== undefined) this.wake(topicId);
      },
    };
  }

  /** The moved amount is the answer's, as far as it lies between what the exact sum allows. */
  private claimPlan({ from, name, owner }: Claim, { accepted, movedUallo }: Result): Plan {
    const { leastUallo, mostUallo } = this.claimable(name);
    const told = accepted ? (movedUallo ?? 0n) : mostUallo;
    const moved = told < leastUallo ? leastUallo : told > mostUallo ? mostUallo : told;
    if (moved <= 0n) return { moves: [], against: ['NOTHING_TO_CLAIM'] };
    return {
      moves: [[from, participant(owner), moved]],
      against: [],
      then: () => {
        const earnings = this.earningsOf(name);
        earnings.claimedUallo += moved;
        earnings.cuts += 1n;
      },
    };
  }

  private slashPlan(command: Extract<Command, { kind: 'slash' }>): Plan {
    const { operator, topicId, reputer, partsPerMillion } = command;
    const part = (amount: bigint): bigint => (amount * BigInt(Math.max(0, partsPerMillion))) / MILLION;
    const prefix = `delegation:${topicId}:${reputer}:`;
    const held = [...this.holdings(prefix)].map(([holder, amount]) => [prefix + holder, amount] as const);
    const own = stake(topicId, reputer);
    const staked = [[own, this.balance(own)] as const, ...held];
    const moves = staked
      .map(([name, amount]) => [name, 'treasury', part(amount)] as const)
      .filter(([, , amount]) => amount > 0n);
    const isPart = partsPerMillion >= 1 && partsPerMillion <= 1_000_000;
    const hasStake = staked.some(([, amount]) => amount > 0n);
    return {
      moves,
      against: [
        ...(this.rules.operators.has(operator) ? [] : (['NOT_AN_OPERATOR'] as const)),
        ...this.unknown(topicId),
        ...(isPart && (moves.length > 0 || !hasStake) ? [] : (['VALUE_NOT_ALLOWED'] as const)),
        ...(hasStake ? [] : (['NO_SUCH_REPUTER'] as const)),
      ],
      then: () => {
        for (const [name] of held) this.cut(topicId, name);
      },
    };
  }

  private unknown(topicId: number): readonly RefusalCode[] {
    return this.topics.has(topicId) ? [] : ['UNKNOWN_TOPIC'];
  }

  private againstDelegating(holder: string, topicId: number, reputer: string): RefusalCode[] {
    return [
      ...this.unknown(topicId),
      ...(holder === reputer ? (['VALUE_NOT_ALLOWED'] as const) : []),
      ...(this.balance(stake(topicId, reputer)) > 0n ? [] : (['NO_SUCH_REPUTER'] as const)),
    ];
  }

  /** At every change the ledger settles what was earned so far: one cut for each epoch that is not paid yet, and one more. */
  private cut(topicId: number | undefined, name: string): void {
    const open = topicId === undefined ? 0 : (this.topics.get(topicId)?.snapshots.size ?? 0);
    this.earningsOf(name).cuts += BigInt(open + 1);
  }

  /** Money or stake that comes to an inactive topic may lift it above the least weight. */
  wake(topicId: number): void {
    const topic = this.topics.get(topicId);
    if (!topic || topic.active) return;
    const pending = [...topic.pendingFees.values()].reduce((sum, fee) => sum + fee, 0n);
    topic.active = this.weightWith(topicId, topic.feeRevenueUallo + pending) >= this.rules.minTopicWeight;
  }

  /** Section 10: the root of stake times the root of fees a block, half of it new. */
  weightWith(topicId: number, feesUallo: bigint): number {
    const topic = this.topics.get(topicId)!;
    if (feesUallo === 0n) return 0;
    const perBlock = Number(feesUallo) / topic.epochLengthBlocks;
    // Powers as the formula has them: a square root may differ in the last bit, and money follows from it.
    const target = Number(this.topicStake(topicId)) ** 0.5 * perBlock ** 0.5;
    return topic.weight === null ? target : 0.5 * target + 0.5 * topic.weight;
  }
}
