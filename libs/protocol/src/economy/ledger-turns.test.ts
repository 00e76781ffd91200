import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertBook, give, openEconomy, run, stateOf } from '../../test/economy';
import { type Told, ToldLedger } from '../../test/told-ledger';
import type { EndedEpoch } from './ended-epochs';
import { type DatedBlocks, type LedgerInputs, nextTurn } from './ledger-turns';

const ALLO = 10n ** 18n;
const TOPICS = [1, 2, 3];
const LENGTH = 5;
const LAST_HEIGHT = 48;
/** Of the same few in all topics, so that a fee of one is paid with what another brought. */
const people = ['p0', 'p1', 'p2', 'p3', 'r1', 'r3'];

interface Plan {
  /** Most blocks in a record. */
  readonly step: number;
  /** Who takes part in what, by number. */
  readonly lots: readonly number[];
  /** Of which log the next record is read. */
  readonly picks: readonly number[];
  readonly otherPicks: readonly number[];
}

const plans: fc.Arbitrary<Plan> = fc.record({
  step: fc.integer({ min: 1, max: 12 }),
  lots: fc.array(fc.nat(63), { minLength: 40, maxLength: 40 }),
  picks: fc.array(fc.nat(1_000), { minLength: 150, maxLength: 150 }),
  otherPicks: fc.array(fc.nat(1_000), { minLength: 150, maxLength: 150 }),
});

const some = (lot: number): string[] => people.filter((_, i) => (lot >> i) % 2 === 1);

/** Epoch n of a topic ends two lengths and as many blocks as the topic's number after it began. */
const ends: readonly EndedEpoch[] = TOPICS.flatMap((topicId) =>
  Array.from({ length: 8 }, (_, i): EndedEpoch => {
    const nonce = 1 + i * LENGTH;
    return { topicId, nonce, height: nonce + 2 * LENGTH + topicId, epochLengthBlocks: LENGTH };
  }),
).filter(({ height }) => height <= LAST_HEIGHT);

/** All logs of one course of events, each in its own order: blocks, and of each topic two of sets and one of scores. */
function logsOf({ step, lots }: Plan, isDated: boolean): Told[][] {
  const blocks: Told[] = [];
  for (let from = 0; from < LAST_HEIGHT; from += step) {
    const toHeight = Math.min(from + step, LAST_HEIGHT);
    const ended = ends.filter(({ height }) => height > from && height <= toHeight);
    const dated = isDated ? { settledHeight: from } : {};
    blocks.push({ log: 'blocks', blocks: { fromHeightExclusive: from, toHeight, ended, ...dated } });
  }
  let lot = 0;
  const drawn = () => some(lots[lot++ % lots.length]!);
  const ofTopics = TOPICS.flatMap((topicId) => {
    const nonces = ends.filter((one) => one.topicId === topicId).map(({ nonce }) => nonce);
    const set = (kind: 'inferences' | 'forecasts', parts: number) =>
      nonces.flatMap((nonce) =>
        Array.from({ length: parts }, (_, part): Told => {
          const epoch = { topicId, nonce, kind, part, parts };
          return { log: 'set', ...epoch, submitters: drawn() };
        }),
      );
    const scores = nonces.map((nonce): Told => ({ log: 'scores', topicId, nonce, submitters: drawn() }));
    return [set('inferences', 2), set('forecasts', 1), scores];
  });
  return [blocks, ...ofTopics];
}

function play(logs: readonly (readonly Told[])[], picks: readonly number[]): ToldLedger {
  const book = openEconomy(TOPICS);
  for (const topicId of TOPICS) {
    give(book, `r${topicId}`, 1_000n * ALLO + 25n);
    run(book, { kind: 'stake', topicId, reputer: `r${topicId}`, amountUallo: 1_000n * ALLO });
    give(book, 'funder', ALLO);
    run(book, { kind: 'fund-topic', from: 'funder', topicId, amountUallo: ALLO / 2n });
  }
  people.forEach((one, i) => give(book, one, BigInt(1 + 9 * i)));
  const ledger = new ToldLedger(book);
  const left = logs.map((log) => [...log]);
  for (let i = 0; left.some(({ length }) => length > 0); i += 1) {
    const open = left.filter(({ length }) => length > 0);
    ledger.read(open[picks[i % picks.length]! % open.length]!.shift()!);
  }
  return ledger;
}

const postings = ({ book }: ToldLedger) =>
  new Map(
    book.transfers.map(({ key, postings }) => [key, postings] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );

describe('one order of the ledger', () => {
  it('posts the same to the uallo, however the records of its logs come between one another', () => {
    let waited = 0;
    fc.assert(
      fc.property(plans, (plan) => {
        const logs = logsOf(plan, true);
        const [one, other] = [play(logs, plan.picks), play(logs, plan.otherPicks)];
        expect([one.isDone, other.isDone]).toEqual([true, true]);
        expect(postings(other)).toEqual(postings(one));
        expect(stateOf(other.book)).toEqual(stateOf(one.book));
        assertBook(one.book);
        waited += one.waited + other.waited;
      }),
      { numRuns: 150 },
    );
    expect(waited).toBeGreaterThan(0);
  });

  it('keeps the scarce balances of somebody in several topics in that order too', () => {
    // Each log by itself: the one that waits longest is another one each time.
    const lots = Array.from({ length: 40 }, (_, i) => (37 * i) % 64);
    const plan: Plan = { step: 3, lots, picks: [], otherPicks: [] };
    const logs = logsOf(plan, true);
    const first = play(logs, [0]);
    expect(first.book.transfers.filter(({ kind }) => kind === 'epoch-rewards').length).toBe(ends.length);
    expect([...first.book.owed.entries()].length).toBeGreaterThan(0);
    for (let i = 0; i < logs.length; i += 1) {
      const order = [...logs.slice(i), ...logs.slice(0, i)];
      expect(postings(play(order, [0]))).toEqual(postings(first));
    }
  });

  it('is needed: blocks that wait for nothing split treasury and mint, and weigh topics, by who comes first', () => {
    const lots = Array.from({ length: 40 }, (_, i) => (37 * i) % 64);
    const plan: Plan = { step: 3, lots, picks: [], otherPicks: [] };
    const [blocks, ...others] = logsOf(plan, false);
    const early = play([blocks!, ...others], [0]);
    const late = play([...others, blocks!], [0]);
    expect(stateOf(late.book)).not.toEqual(stateOf(early.book));
  });
});

const blocks: DatedBlocks = {
  fromHeightExclusive: 10,
  toHeight: 20,
  ended: [{ topicId: 1, nonce: 5, height: 15, epochLengthBlocks: 5 }],
  settledHeight: 10,
};
const set = (kind: 'inferences' | 'forecasts', nonce = 5, part = 0, parts = 1) => ({
  ...{ topicId: 1, nonce, kind, part, parts },
});
const read: LedgerInputs = {
  told: blocks,
  unpaid: [],
  endedFees: [],
  openFees: [set('inferences'), set('forecasts')],
  chargedSets: new Set(),
  unknownTopics: new Set(),
};
const wait = { kind: 'wait', unpaid: [], sets: [], topics: [] };
const inTime = { overdue: false };

describe('the next turn', () => {
  it('is the blocks, behind the fees of the sets of their epochs', () => {
    const losses = { ...set('inferences'), kind: 'losses' as const };
    const openFees = [losses, set('forecasts'), set('inferences', 10), set('inferences')];
    const fees = [set('inferences'), set('forecasts')];
    expect(nextTurn({ ...read, openFees })).toEqual({ kind: 'blocks', told: blocks, fees });
  });

  it('waits for every part of every set', () => {
    const missing = { ...blocks.ended[0], kind: 'inferences' };
    const openFees = [set('inferences', 5, 1, 2), set('forecasts')];
    expect(nextTurn({ ...read, openFees })).toEqual({ ...wait, sets: [missing] });
    expect(nextTurn({ ...read, openFees: [set('forecasts')] })).toEqual({ ...wait, sets: [missing] });
  });

  it('does not wait for a set that was charged when it was read, nor for one that a later one shows read', () => {
    const charged = { ...read, openFees: [set('forecasts')], chargedSets: new Set(['1:5:inferences']) };
    expect(nextTurn(charged)).toMatchObject({ kind: 'blocks', fees: [set('forecasts')] });
    const shown = { ...read, openFees: [set('forecasts'), set('inferences', 10)] };
    expect(nextTurn(shown)).toMatchObject({ kind: 'blocks', fees: [set('forecasts')] });
  });

  it('waits for epochs that ended before, and for topics not heard of', () => {
    const before = { topicId: 2, nonce: 1, height: 10, ...inTime };
    const later = { topicId: 2, nonce: 6, height: 11, ...inTime };
    expect(nextTurn({ ...read, unpaid: [before, later] })).toEqual({ ...wait, unpaid: [before] });
    expect(nextTurn({ ...read, unknownTopics: new Set([1]) })).toEqual({
      ...wait,
      topics: blocks.ended,
    });
  });

  it('is the fees of ended epochs once all are paid, told blocks or not', () => {
    const losses = { topicId: 1, nonce: 5, kind: 'losses' as const, part: 0, parts: 1 };
    const ended = { ...read, endedFees: [{ ...losses, topicId: 2 }, losses] };
    const fees = [losses, { ...losses, topicId: 2 }];
    expect(nextTurn(ended)).toEqual({ kind: 'fees', fees });
    expect(nextTurn({ ...ended, told: undefined })).toEqual({ kind: 'fees', fees });
    const unpaid = [{ topicId: 2, nonce: 1, height: 12, ...inTime }];
    expect(nextTurn({ ...ended, told: undefined, unpaid })).toEqual(wait);
  });

  it('waits neither for the payments nor for the sets of a topic that has an overdue epoch, only for those of others', () => {
    const late = { topicId: 1, nonce: 1, height: 9, overdue: true };
    const next = { topicId: 1, nonce: 2, height: 10, ...inTime };
    const other = { topicId: 2, nonce: 1, height: 10, ...inTime };
    const unread = { ...read, openFees: [], unknownTopics: new Set([1]) };
    expect(nextTurn({ ...unread, unpaid: [late, next] })).toEqual({ kind: 'blocks', told: blocks, fees: [] });
    expect(nextTurn({ ...unread, unpaid: [late, other] })).toEqual({ ...wait, unpaid: [other] });
    const losses = { topicId: 3, nonce: 5, kind: 'losses' as const, part: 0, parts: 1 };
    const fees = { ...unread, endedFees: [losses] };
    expect(nextTurn({ ...fees, unpaid: [late, next] })).toEqual({ kind: 'fees', fees: [losses] });
  });

  it('waits for nothing where blocks do not say so', () => {
    const told = { ...blocks, settledHeight: undefined };
    const unpaid = [{ topicId: 2, nonce: 1, height: 10, ...inTime }];
    expect(nextTurn({ ...read, told, unpaid, openFees: [] })).toEqual({ kind: 'blocks', told, fees: [] });
  });
});
