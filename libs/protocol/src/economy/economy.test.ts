import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advance,
  assertBook,
  copyOf,
  give,
  loadedBook,
  openEconomy,
  OPERATOR,
  ROW_KINDS,
  run,
  stateOf,
  testRules,
} from '../../test/economy';
import { DUST, EPOCH_REWARDS, FAUCET, participantAccount, REWARDS_POOL } from './accounts';
import { applyCommand } from './apply-command';
import type { Book } from './book';
import type { Command } from './commands';
import { chargeDataFees } from './data-fees';
import { balanceOf } from './post';
import { type EpochPayment, settleEpoch, takeSnapshot } from './settle-epoch';
import { topicOf } from './topic-life';
import { touchesOf } from './touches';

const PEOPLE = ['a', 'b', 'c', 'd'] as const;
const TOPICS = [1, 2];

const someone = fc.constantFrom(...PEOPLE);
const topicId = fc.constantFrom(...TOPICS, 3);
const amountUallo = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: 1n, max: 1000n }) },
  { weight: 4, arbitrary: fc.bigInt({ min: 1n, max: 10n ** 24n }) },
  { weight: 1, arbitrary: fc.constantFrom(0n, -1n, -(10n ** 30n), 10n ** 40n) },
);
const partsPerMillion = fc.oneof(
  fc.integer({ min: 1, max: 300_000 }),
  fc.constantFrom(0, -1, 0.5, 1_000_000, 1_000_001),
);
const requestId = fc.constantFrom('p', 'q');
const requestHash = fc.constantFrom('aa', 'aa', 'aa', 'bb');
const kind = <K extends Command['kind']>(name: K) => fc.constant(name);

const commands: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: kind('transfer'), from: someone, to: someone, amountUallo }),
  fc.record({ kind: kind('faucet'), to: someone, amountUallo }),
  fc.record({ kind: kind('stake'), reputer: someone, topicId, amountUallo }),
  fc.record({ kind: kind('delegate'), holder: someone, topicId, reputer: someone, amountUallo }),
  fc.record({ kind: kind('remove-stake'), holder: someone, topicId, reputer: someone, amountUallo }),
  fc.record({ kind: kind('cancel-removal'), holder: someone, topicId, reputer: someone }),
  fc.record({
    kind: kind('redelegate'),
    holder: someone,
    topicId,
    reputer: someone,
    toTopicId: topicId,
    toReputer: someone,
    amountUallo,
  }),
  fc.record({ kind: kind('claim-delegation-rewards'), holder: someone, topicId, reputer: someone }),
  fc.record({ kind: kind('fund-topic'), from: someone, topicId, amountUallo }),
  fc.record({ kind: kind('pay-inference'), from: someone, topicId, amountUallo }),
  fc.record({
    kind: kind('hold-inference-fee'),
    from: someone,
    requestId,
    requestHash,
    topicId,
    feeUallo: amountUallo,
    parts: fc.constantFrom(1, 1, 2, 3, 7, 0, -1, 1.5),
  }),
  fc.record({
    kind: kind('release-inference-fee'),
    account: someone,
    requestId,
    requestHash,
    topicId,
    part: fc.integer({ min: 0, max: 4 }),
  }),
  fc.record({ kind: kind('refund-inference-fee'), account: someone, requestId, requestHash }),
  fc.record({ kind: kind('stake-validator'), validator: someone, amountUallo }),
  fc.record({ kind: kind('remove-validator-stake'), validator: someone, amountUallo }),
  fc.record({ kind: kind('cancel-validator-removal'), validator: someone }),
  fc.record({ kind: kind('claim-validator-rewards'), validator: someone }),
  fc.record({
    kind: kind('slash'),
    operator: fc.constantFrom(OPERATOR, 'a'),
    topicId,
    reputer: someone,
    partsPerMillion,
  }),
  fc.record({ kind: kind('topic-creation-fee'), from: someone }),
  fc.record({
    kind: kind('registration-fee'),
    from: someone,
    topicId,
    role: fc.constantFrom('worker' as const, 'reputer' as const),
  }),
);

type Turn =
  | { readonly kind: 'blocks'; readonly blocks: number; readonly ends: readonly number[] }
  | { readonly kind: 'settle'; readonly topicId: number; readonly parts: readonly number[] }
  | { readonly kind: 'fees'; readonly topicId: number; readonly submitters: readonly string[] };

const turns: fc.Arbitrary<Turn> = fc.oneof(
  fc.record({
    kind: fc.constant('blocks' as const),
    blocks: fc.integer({ min: 1, max: 25 }),
    ends: fc.subarray([1, 2]),
  }),
  fc.record({
    kind: fc.constant('settle' as const),
    topicId: fc.constantFrom(...TOPICS),
    parts: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 3, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('fees' as const),
    topicId: fc.constantFrom(...TOPICS),
    submitters: fc.array(someone, { maxLength: 5 }),
  }),
);

/** Snapshots that are taken and not settled yet, by topic, with the stakes they hold. */
interface Snapshot {
  readonly nonce: number;
  readonly stakes: readonly { reputer: string; stakeUallo: bigint; delegatedUallo: bigint }[];
}
type Open = ReadonlyMap<number, Snapshot[]>;

function snapshotOf(book: Book, topic: number, nonce: number): Snapshot {
  const stakes = PEOPLE.map((reputer) => {
    const sum = (prefix: string): bigint =>
      [...book.balances.entries()]
        .filter(([name]) => name.startsWith(prefix))
        .reduce((total, [, balance]) => total + balance, 0n);
    const delegatedUallo = sum(`delegation:${topic}:${reputer}:`);
    return { reputer, stakeUallo: delegatedUallo + sum(`stake:${topic}:${reputer}`), delegatedUallo };
  });
  return { nonce, stakes };
}

function takeTurn(book: Book, open: Open, turn: Turn): void {
  if (turn.kind === 'fees') {
    const { topicId: topic, submitters } = turn;
    const nonce = book.network.height;
    chargeDataFees(
      book,
      testRules,
      { topicId: topic, nonce, countNonce: nonce, submitters },
      `fees:${book.transfers.length}`,
    );
  } else if (turn.kind === 'settle') {
    const snapshot = open.get(turn.topicId)!.shift();
    if (snapshot) settle(book, turn.topicId, snapshot, turn.parts);
  } else {
    const { height } = book.network;
    const toHeight = height + turn.blocks;
    for (const topic of turn.ends) {
      takeSnapshot(book, topic, toHeight);
      open.get(topic)!.push(snapshotOf(book, topic, toHeight));
    }
    const ended = turn.ends.map((topic) => ({
      topicId: topic,
      nonce: toHeight,
      height: toHeight,
      epochLengthBlocks: turn.blocks,
    }));
    advance(book, { fromHeightExclusive: height, toHeight, ended });
  }
}

/** Pays a worker, and every reputer with its delegators, some percent of what was set aside. */
function settle(book: Book, topic: number, snapshot: Snapshot, percents: readonly number[]): void {
  const set = book.emissions.get(`${topic}:${snapshot.nonce}`)!.amountUallo;
  const part = (i: number, of: bigint): bigint => (of * BigInt(percents[i]!)) / 100n;
  const worker = { role: 'inferer', participant: 'a', delegatorsUallo: 0n, delegatedUallo: 0n } as const;
  const payments: EpochPayment[] = [{ ...worker, amountUallo: part(0, set) }];
  for (const { reputer, stakeUallo, delegatedUallo } of snapshot.stakes) {
    if (stakeUallo === 0n) continue;
    const gross = part(1, set) / BigInt(PEOPLE.length);
    const delegatorsUallo = (gross * delegatedUallo) / stakeUallo;
    const amount = { amountUallo: gross - delegatorsUallo, delegatorsUallo, delegatedUallo };
    payments.push({ role: 'reputer', participant: reputer, ...amount });
  }
  const epoch = { topicId: topic, nonce: snapshot.nonce, payments, dustUallo: part(2, set) };
  settleEpoch(book, { ...epoch, reputersTaskUallo: part(1, set) }, `epoch:${topic}:${snapshot.nonce}`);
}

/** Applies a command, and sees that what it touches is enough to apply it with and that a refusal changes nothing. */
function applyWatched(book: Book, command: Command): boolean {
  const key = `k:${book.transfers.length}`;
  const loaded = loadedBook(book, touchesOf(command));
  const before = stateOf(copyOf(book));
  const transfers = book.transfers.length;
  const outcome = applyCommand(book, testRules, command, key);
  expect(applyCommand(loaded, testRules, command, key)).toEqual(outcome);
  expect(loaded.transfers).toEqual(book.transfers.slice(transfers));
  expect(loaded.network).toEqual(book.network);
  for (const rows of ROW_KINDS) {
    for (const [name, row] of loaded[rows].changes()) expect(row, name).toEqual(book[rows].get(name));
  }
  if (!outcome.accepted) {
    expect(stateOf(book)).toEqual(before);
    expect(book.transfers).toHaveLength(transfers);
  } else if (outcome.movedUallo > 0n) expect(book.transfers).toHaveLength(transfers + 1);
  return outcome.accepted;
}

describe('the economy, whatever anybody does', () => {
  it('neither loses nor invents money, owes no more than it holds, and changes nothing when it refuses', () => {
    let accepted = 0;
    const steps = fc.array(fc.oneof({ weight: 5, arbitrary: commands }, { weight: 2, arbitrary: turns }), {
      minLength: 1,
      maxLength: 80,
      size: 'max',
    });
    fc.assert(
      fc.property(steps, (sequence) => {
        const book = openEconomy(TOPICS);
        for (const address of PEOPLE) {
          give(book, address, 10n ** 24n);
          run(book, { kind: 'stake', topicId: 1, reputer: address, amountUallo: 10n ** 22n });
        }
        run(book, { kind: 'fund-topic', from: 'a', topicId: 1, amountUallo: 10n ** 22n });
        for (const holder of ['b', 'c']) {
          run(book, { kind: 'delegate', topicId: 1, reputer: 'a', holder, amountUallo: 10n ** 22n });
        }
        const open: Open = new Map(TOPICS.map((topic) => [topic, []]));
        takeTurn(book, open, { kind: 'blocks', blocks: 5, ends: [1] });
        takeTurn(book, open, { kind: 'settle', topicId: 1, parts: [10, 30, 1] });
        for (const step of sequence) {
          if (step.kind === 'blocks' || step.kind === 'settle' || step.kind === 'fees') {
            takeTurn(book, open, step);
          } else if (applyWatched(book, step)) accepted += 1;
          assertBook(book);
        }
        // Every transfer balances, and its key is its own.
        for (const { postings } of book.transfers) {
          expect(postings.reduce((sum, posting) => sum + posting.amountUallo, 0n)).toBe(0n);
        }
        expect(new Set(book.transfers.map((transfer) => transfer.key)).size).toBe(book.transfers.length);
      }),
      { numRuns: 100 },
    );
    expect(accepted).toBeGreaterThan(300);
  }, 60_000);

  it('pays an epoch from fee to claim, to the last uallo', () => {
    const book = openEconomy(TOPICS);
    for (const address of PEOPLE) give(book, address, 10n ** 24n);
    run(book, { kind: 'stake', topicId: 1, reputer: 'a', amountUallo: 10n ** 23n });
    run(book, { kind: 'delegate', topicId: 1, reputer: 'a', holder: 'b', amountUallo: 3n * 10n ** 23n });
    run(book, { kind: 'fund-topic', from: 'd', topicId: 1, amountUallo: 10n ** 20n });
    takeSnapshot(book, 1, 1);
    run(book, { kind: 'delegate', topicId: 1, reputer: 'a', holder: 'c', amountUallo: 3n * 10n ** 23n });
    const epoch = { topicId: 1, nonce: 1, height: 5, epochLengthBlocks: 5 };
    advance(book, { fromHeightExclusive: 0, toHeight: 5, ended: [epoch] });
    const setAside = book.emissions.get('1:1')!.amountUallo;
    expect(setAside).toBe(balanceOf(book, EPOCH_REWARDS));
    const held = () => balanceOf(book, REWARDS_POOL) + balanceOf(book, DUST);
    const [left, gross] = [held(), setAside / 2n];
    const delegatorsUallo = (gross * 3n) / 4n;
    const reputer = { role: 'reputer', participant: 'a', amountUallo: gross - delegatorsUallo } as const;
    const payment = { ...reputer, delegatorsUallo, delegatedUallo: 3n * 10n ** 23n };
    const settlement = { topicId: 1, nonce: 1, payments: [payment], reputersTaskUallo: gross };
    settleEpoch(book, { ...settlement, dustUallo: 1n }, 'epoch-rewards:1:1');
    const claim = { kind: 'claim-delegation-rewards', topicId: 1, reputer: 'a' } as const;
    expect(run(book, { ...claim, holder: 'b' }).movedUallo).toBe(delegatorsUallo);
    expect(() => run(book, { ...claim, holder: 'c' })).toThrow('NOTHING_TO_CLAIM');
    expect(held() - left).toBe(setAside - gross);
    expect(topicOf(book, 1).stakeUallo).toBe(7n * 10n ** 23n + gross - delegatorsUallo);
    expect(balanceOf(book, participantAccount('b'))).toBe(7n * 10n ** 23n + delegatorsUallo);
    expect(balanceOf(book, FAUCET) > 0n).toBe(true);
    assertBook(book);
  });
});
