import type { EpochRewards, StakeSnapshot } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { RewardRole } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { LedgerModel } from '../../src/testing/ledger-model';
import { delegation, type ModelSnapshot, participant, pot, stake } from '../../src/testing/model-state';
import type { BlockModel, ModelEpoch } from './block-model';

/** Doubles decide who earned what; the division between a reputer and its delegators is as fine as they are. */
const DOUBLE_ERROR = 1e-9;

const sum = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((total, one) => total + one, 0n);

const KINDS = ['inferences', 'forecasts', 'losses'] as const;

interface Submissions {
  readonly topicId: number;
  readonly nonce: number;
  readonly kind: (typeof KINDS)[number];
  readonly authors: readonly string[];
}

const inOrder = (a: Submissions, b: Submissions): number =>
  a.topicId - b.topicId || a.nonce - b.nonce || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);

/** Snapshots, data fees and payments of epochs. Who earned what is taken as told; what that moves is worked out here. */
export class EpochModel {
  /** By `<topic>:<address>`. */
  readonly owed = new Map<string, bigint>();
  paid = 0;
  /** Not charged yet. */
  private submissions: Submissions[] = [];
  /** Latest nonce of each topic whose blocks were told. */
  private readonly endedNonces = new Map<number, number>();

  constructor(
    private readonly model: LedgerModel,
    private readonly blocks: BlockModel,
  ) {}

  takeSnapshot({ topicId, nonce, stakes }: StakeSnapshot): string | undefined {
    const snapshot = this.stakesNow(topicId);
    const expected = [...snapshot]
      .map(([reputer, { ownUallo, byHolder }]) => {
        const delegated = sum(byHolder.values());
        return `${reputer} ${ownUallo + delegated} ${delegated}`;
      })
      .sort();
    const told = stakes.map((one) => `${one.reputer} ${one.stakeUallo} ${one.delegatedUallo}`);
    this.model.topics.get(topicId)!.snapshots.set(nonce, snapshot);
    if (told.join() === expected.join()) return undefined;
    return `snapshot ${topicId}/${nonce} is ${told.join()} instead of ${expected.join()}`;
  }

  keepSubmissions(submissions: Submissions): undefined {
    this.submissions.push(submissions);
  }

  /** What the sets of ending epochs cost is charged before their blocks. */
  endEpochs(ended: readonly ModelEpoch[]): void {
    const ends = new Set(ended.map(({ topicId, nonce }) => `${topicId}:${nonce}`));
    this.charge(({ topicId, nonce, kind }) => kind !== 'losses' && ends.has(`${topicId}:${nonce}`));
    for (const { topicId, nonce } of ended) this.endedNonces.set(topicId, nonce);
  }

  /** The rest, as that of losses, once every epoch that has ended is paid. */
  chargeEnded(): void {
    if (this.blocks.setAside.size > 0) return;
    this.charge(({ topicId, nonce }) => nonce <= (this.endedNonces.get(topicId) ?? 0));
  }

  private charge(isDue: (submissions: Submissions) => boolean): void {
    const due = this.submissions.filter(isDue).sort(inOrder);
    this.submissions = this.submissions.filter((one) => !due.includes(one));
    for (const { topicId, nonce, kind, authors } of due)
      this.chargeAll(topicId, kind === 'losses' ? nonce + 1 : nonce, authors);
  }

  /** Everyone who holds enough pays; the others pay what they have, and owe the rest. */
  private chargeAll(topicId: number, countNonce: number, authors: readonly string[]): void {
    const { model } = this;
    const { dataFeeUallo } = model.rules;
    for (const address of authors) {
      const balance = model.balance(participant(address));
      const paid = balance < dataFeeUallo ? balance : dataFeeUallo;
      model.move(participant(address), 'treasury', paid);
      this.countLater(topicId, countNonce, paid);
      if (paid === dataFeeUallo) continue;
      const name = `${topicId}:${address}`;
      this.owed.set(name, (this.owed.get(name) ?? 0n) + dataFeeUallo - paid);
    }
  }

  pay(rewards: EpochRewards): string | undefined {
    const { model } = this;
    const { topicId, nonce } = rewards;
    const name = `${topicId}:${nonce}`;
    const given = this.blocks.setAside.get(name);
    if (given === undefined) return `epoch ${name} is paid before its end`;
    this.blocks.setAside.delete(name);
    const topic = model.topics.get(topicId)!;
    const snapshot = topic.snapshots.get(nonce);
    if (!snapshot) return `epoch ${name} is paid without a snapshot`;
    this.paid += 1;
    let left = given;
    for (const payment of rewards.payments) {
      const amount = BigInt(payment.amountUallo);
      const delegators = BigInt(payment.delegatorsUallo ?? '0');
      left -= amount + delegators;
      const own =
        payment.role === RewardRole.REPUTER
          ? stake(topicId, payment.participant)
          : participant(payment.participant);
      const withheld = this.withhold(rewards, payment.participant, amount);
      model.move('epoch-rewards', own, amount - withheld);
      model.move('epoch-rewards', 'treasury', withheld);
      const wrong = this.payDelegators(topicId, payment.participant, { amount, delegators }, snapshot);
      if (wrong) return `epoch ${name}: ${wrong}`;
    }
    const dust = BigInt(rewards.dustUallo);
    model.move('epoch-rewards', 'dust', dust);
    left -= dust;
    if (left < 0n || dust < 0n) return `epoch ${name} pays ${-left} more than it was given`;
    model.move('epoch-rewards', 'rewards-pool', left);
    const moved = given - left;
    const reputers = BigInt(Math.trunc(rewards.reputationTaskRewardUallo));
    this.blocks.monthRewardsUallo += moved;
    this.blocks.monthReputersUallo += reputers < moved ? reputers : moved;
    for (const old of topic.snapshots.keys()) if (old <= nonce) topic.snapshots.delete(old);
    return undefined;
  }

  private payDelegators(
    topicId: number,
    reputer: string,
    { amount, delegators }: { readonly amount: bigint; readonly delegators: bigint },
    snapshot: ModelSnapshot,
  ): string | undefined {
    const stakes = snapshot.get(reputer);
    const delegated = sum(stakes?.byHolder.values() ?? []);
    if (delegated === 0n)
      return delegators === 0n ? undefined : `${reputer} has no delegators, and they get ${delegators}`;
    const part = Number(delegated) / Number(stakes!.ownUallo + delegated);
    const due = Number(amount + delegators) * part;
    if (stakes && delegators > 0n && Math.abs(Number(delegators) - due) > 2 + DOUBLE_ERROR * due)
      return `the delegators of ${reputer} get ${delegators} instead of ${due}`;
    this.model.move('epoch-rewards', pot(topicId, reputer), delegators);
    for (const [holder, held] of stakes!.byHolder)
      this.model.earn(delegation(topicId, reputer, holder), { over: delegators * held, under: delegated });
    return undefined;
  }

  private countLater(topicId: number, countNonce: number, fee: bigint): void {
    const { pendingFees } = this.model.topics.get(topicId)!;
    if (fee > 0n) pendingFees.set(countNonce, (pendingFees.get(countNonce) ?? 0n) + fee);
  }

  private withhold({ topicId, nonce }: EpochRewards, address: string, amount: bigint): bigint {
    const name = `${topicId}:${address}`;
    const owed = this.owed.get(name) ?? 0n;
    const withheld = owed < amount ? owed : amount;
    if (withheld === owed) this.owed.delete(name);
    else this.owed.set(name, owed - withheld);
    this.countLater(topicId, nonce + 1, withheld);
    return withheld;
  }

  private stakesNow(topicId: number): ModelSnapshot {
    const { model } = this;
    const stakes = new Map<string, { ownUallo: bigint; byHolder: Map<string, bigint> }>();
    const of = (reputer: string) => {
      const known = stakes.get(reputer) ?? { ownUallo: 0n, byHolder: new Map<string, bigint>() };
      stakes.set(reputer, known);
      return known;
    };
    for (const [reputer, amount] of model.holdings(`stake:${topicId}:`)) of(reputer).ownUallo = amount;
    for (const [names, amount] of model.holdings(`delegation:${topicId}:`)) {
      const [reputer, holder] = names.split(':');
      of(reputer!).byHolder.set(holder!, amount);
    }
    return stakes;
  }
}
