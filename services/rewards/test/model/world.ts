import { open } from '@allora/bus/envelope';
import type { StoredRecord } from '@allora/bus/transport';
import { type BusTopic, busTopics } from '@allora/contracts/catalog';
import type { StakeSnapshot } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { BlocksTold, type EpochEvent } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { CommandGenerator, Request } from '../../src/testing/command-generator';
import type { LedgerModel } from '../../src/testing/ledger-model';
import { type Answer, RequestModel } from '../../src/testing/request-model';
import type { BlockModel } from './block-model';
import { checkClaimable } from './claimable';
import { EpochModel } from './epoch-model';
import type { HandLog } from './hand-transport';
import type { LedgerReader, PostedTransfer } from './ledger-reader';
import { type Replica, written } from './replica';

export interface WorldOptions {
  readonly replicas: readonly [Replica, Replica];
  readonly log: HandLog;
  readonly reader: LedgerReader;
  readonly model: LedgerModel;
  readonly blocks: BlockModel;
  readonly generator: CommandGenerator;
  /** The latest epoch whose rewards a snapshot holds. */
  readonly settledNonce: (topicId: number, nonce: number) => number | undefined;
}

/** Work of one replica: what it does to the ledger, and what the model must say to it. */
interface Piece {
  run(): Promise<void>;
  /** Whether a transfer is of this piece for sure; of the same request sent to both replicas nobody can tell. */
  owns(key: string): boolean;
  judge(): Promise<string | undefined>;
}

const OUTBOX_LOOK_MS = 2;

/**
 * The service twice and the model once. Two pieces of work run at the same time, one on each replica; then the ledger says in
 * which order it took them (the ids of its transfers, which no other order of commits can give under the ledger's lock), and the
 * model follows. A piece that posted nothing either changed nothing, or is kept beside commands that do not touch what it
 * changes: then every order is right.
 */
export class World {
  readonly requests: RequestModel;
  readonly epochs: EpochModel;
  /** Snapshots whose epochs have no scores yet, in order of nonce. */
  readonly snapshots: StakeSnapshot[] = [];
  private lastId = 0n;
  private read = 0;

  constructor(private readonly given: WorldOptions) {
    this.requests = new RequestModel(given.model);
    this.epochs = new EpochModel(given.model, given.blocks);
  }

  async begin(): Promise<void> {
    const transfers = await this.given.reader.transfersAfter(0n);
    this.lastId = transfers.at(-1)?.id ?? 0n;
    this.read = this.given.log.records.length;
  }

  /** A group of commands on each replica; a few of one's are also sent to the other. */
  async twoGroups(size: number): Promise<void> {
    const { generator } = this.given;
    const one = generator.group(size);
    const other = [...generator.group(size), ...generator.twins(one)];
    await this.together(this.group(0, one, other), this.group(1, other, one));
  }

  /** Commands on stakes of the `closed` topics stay away. */
  async besideGroup(event: Piece, size: number, closed?: readonly number[]): Promise<void> {
    if (size === 0) return this.alone(event);
    await this.together(event, this.group(1, this.given.generator.group(size, new Set(closed))));
  }

  async alone(piece: Piece): Promise<void> {
    await piece.run();
    await this.given.reader.transfersAfter(this.lastId).then((posted) => this.follow([piece], posted));
  }

  private async together(one: Piece, other: Piece): Promise<void> {
    await Promise.all([one.run(), other.run()]);
    const posted = await this.given.reader.transfersAfter(this.lastId);
    const owners = posted
      .map(({ key }) => [one, other].filter((piece) => piece.owns(key)))
      .filter(({ length }) => length === 1)
      .map(([owner]) => owner!);
    const turns = owners.filter((owner, i) => owner !== owners[i - 1]);
    if (turns.length > 2) throw new Error('two groups of commands are mixed on the ledger');
    const rest = [one, other].filter((piece) => !turns.includes(piece));
    await this.follow([...rest, ...turns], posted);
  }

  /** A piece that posted nothing comes first here; what is wrong before may be right after the other. */
  private async follow(pieces: readonly Piece[], posted: readonly PostedTransfer[]): Promise<void> {
    const { model, reader } = this.given;
    const before = this.lastId;
    this.lastId = posted.at(-1)?.id ?? before;
    const again: Piece[] = [];
    for (const piece of pieces) {
      const wrong = await piece.judge();
      if (wrong === undefined) continue;
      if (piece !== pieces[0] || posted.some(({ key }) => piece.owns(key))) throw new Error(wrong);
      again.push(piece);
    }
    for (const piece of again) {
      const wrong = await piece.judge();
      if (wrong !== undefined) throw new Error(wrong);
    }
    const held = await reader.balances({ names: [...model.touched], after: before });
    this.compare(held);
    model.touched.clear();
  }

  compare(held: ReadonlyMap<string, bigint>): void {
    const { model } = this.given;
    for (const [name, balance] of held) {
      if (model.balance(name) === balance) continue;
      throw new Error(`${name} holds ${balance} instead of ${model.balance(name)}`);
    }
    for (const name of model.touched)
      if (!held.has(name) && model.balance(name) !== 0n)
        throw new Error(`${name} is not there, and should hold ${model.balance(name)}`);
  }

  private group(replica: 0 | 1, requests: readonly Request[], elsewhere: readonly Request[] = []): Piece {
    const others = new Set(elsewhere.map(({ key }) => key));
    const own = new Set(requests.map(({ key }) => key).filter((key) => !others.has(key)));
    let answers: readonly Answer[] = [];
    return {
      run: async () => {
        answers = await this.given.replicas[replica].execute(requests);
      },
      owns: (key) => own.has(key),
      judge: async () => {
        for (const [i, request] of requests.entries()) {
          const wrong = this.requests.judge(request, answers[i]!);
          if (wrong !== undefined) return wrong;
        }
        return undefined;
      },
    };
  }

  /** A record that one replica handles; sometimes both are given it, and it must count once. */
  event<T>(
    topic: BusTopic<T>,
    messages: readonly T[],
    options: { readonly both?: boolean; readonly first?: () => Promise<string | undefined> } = {},
  ): Piece {
    const { replicas, log } = this.given;
    const records = written(log, topic, messages);
    return {
      run: async () => {
        await Promise.all((options.both ? replicas : [replicas[0]]).map((one) => one.deliver(records)));
        while ((await this.given.reader.untold()) > 0)
          await new Promise((resolve) => setTimeout(resolve, OUTBOX_LOOK_MS));
      },
      owns: (key) => !key.startsWith('command:'),
      judge: async () => (await options.first?.()) ?? this.hear(),
    };
  }

  window(event: EpochEvent, both: boolean): Piece {
    return this.event(busTopics.epochs, [event], { both });
  }

  /** The next blocks, with the epochs that end in them. */
  blocks(toHeight: number, ended: readonly BlocksTold['ended'][number][], both: boolean): Piece {
    const { model, blocks, reader } = this.given;
    const told = BlocksTold.fromPartial({ fromHeightExclusive: model.height, toHeight, ended: [...ended] });
    const first = async () => {
      const topicIds = [...new Set(ended.map(({ topicId }) => topicId))];
      this.epochs.endEpochs(ended);
      return blocks.advance(toHeight, ended, await reader.setAside(topicIds));
    };
    return this.event(busTopics.blocks, [told], { both, first });
  }

  /** Sums of the tables that the service keeps beside the balances. */
  async checkTables(): Promise<void> {
    const { model, blocks, reader } = this.given;
    this.compare(await reader.balances());
    const network = await reader.network();
    const stakes = (prefix: string) => model.sumOf(prefix).toString();
    expectSame('network', network, {
      height: String(model.height),
      rate: blocks.rate?.toString() ?? null,
      block_emission_uallo: blocks.blockEmissionUallo.toString(),
      ecosystem_minted_uallo: blocks.mintedUallo.toString(),
      reputers_percent: blocks.reputersPart.toString(),
      month_rewards_uallo: blocks.monthRewardsUallo.toString(),
      month_reputers_uallo: blocks.monthReputersUallo.toString(),
      total_weight: String(blocks.totalWeight),
      topic_stake_uallo: (model.sumOf('stake:') + model.sumOf('delegation:')).toString(),
      validator_stake_uallo: stakes('validator-stake:'),
    });
    for (const { topicId, fees, stake, weight, active } of await reader.topics()) {
      const topic = model.topics.get(topicId)!;
      const due = { fees: topic.feeRevenueUallo, stake: model.topicStake(topicId) };
      expectSame(
        `topic ${topicId}`,
        { fees, stake, weight, active },
        { ...due, weight: topic.weight, active: topic.active },
      );
    }
    const removals = [...model.removals].map(
      ([account, { holder, amountUallo, dueHeight }]) =>
        [account, `${holder} ${amountUallo} ${dueHeight}`] as const,
    );
    expectSame('removals', Object.fromEntries(await reader.removals()), Object.fromEntries(removals));
    expectSame('owed fees', Object.fromEntries(await reader.owed()), Object.fromEntries(this.epochs.owed));
    const due = { unbalanced: '0', overdrawn: '0', misstated: '0', total: '0' };
    expectSame('conservation', await reader.conservation(), due);
  }

  /** Tables and balances, and what the public door says of what everyone can claim. */
  async checkAll(everyone: readonly string[]): Promise<void> {
    await this.checkTables();
    await checkClaimable(this.given.model, this.given.replicas, everyone);
  }

  claimAll(requests: readonly Request[]): Promise<void> {
    return this.alone(this.group(0, requests));
  }

  /**
   * What the replicas told since the last time. Two topics of the log have no common order, and need none: a snapshot holds
   * the rewards of its settled epoch and of all before, and nothing later.
   */
  private hear(): string | undefined {
    const { log, settledNonce } = this.given;
    const told = log.records.slice(this.read);
    this.read = log.records.length;
    const lost = told.find(({ topic }) => topic.endsWith('.dlq'));
    if (lost) return `a record of ${lost.key} was given up: ${lost.topic}`;
    const rewards = this.messages(busTopics.epochRewards, told);
    const snapshots = this.messages(busTopics.stakeSnapshots, told);
    this.snapshots.push(...snapshots);
    const turns = [
      ...rewards.map((one) => ({ nonce: one.nonce, rank: 0, run: () => this.epochs.pay(one) })),
      ...snapshots.map((one) => ({
        nonce: settledNonce(one.topicId, one.nonce) ?? 0,
        rank: one.nonce,
        run: () => this.epochs.takeSnapshot(one),
      })),
    ].sort((a, b) => a.nonce - b.nonce || a.rank - b.rank);
    for (const { run } of turns) {
      const wrong = run();
      if (wrong !== undefined) return wrong;
    }
    this.epochs.chargeEnded();
    return undefined;
  }

  private messages<T>(topic: BusTopic<T>, told: readonly StoredRecord[]): T[] {
    return told.filter((record) => record.topic === topic.name).map((record) => open(topic, record).message);
  }
}

function expectSame(
  what: string,
  found: Readonly<Record<string, unknown>>,
  due: Readonly<Record<string, unknown>>,
): void {
  for (const name of new Set([...Object.keys(found), ...Object.keys(due)]))
    if (found[name] !== due[name])
      throw new Error(`${what}: ${name} is ${String(found[name])} instead of ${String(due[name])}`);
}
