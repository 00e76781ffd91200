import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advanceTo,
  assertBook,
  copyOf,
  give,
  openEconomy,
  run,
  stateOf,
  testRules,
} from '../../test/economy';
import { participantAccount, removalAccount } from './accounts';
import { type Book, Rows } from './book';
import { payRemovals } from './removals';
import { balanceOf } from './post';

const holding = (holder: string) => ({ holder, topicId: 1, reputer: 'r' });

function withDelegators(holders: readonly string[]): Book {
  const book = openEconomy();
  for (const address of ['r', ...holders]) give(book, address, 100n);
  run(book, { kind: 'stake', topicId: 1, reputer: 'r', amountUallo: 100n });
  for (const holder of holders) run(book, { kind: 'delegate', ...holding(holder), amountUallo: 100n });
  return book;
}

const paid = (book: Book, holders: readonly string[]) =>
  holders.filter((holder) => balanceOf(book, participantAccount(holder)) === 100n);

describe('removals', () => {
  it('are paid out at their due height and not a block before', () => {
    const book = withDelegators(['a']);
    advanceTo(book, 3);
    const outcome = run(book, { kind: 'remove-stake', ...holding('a'), amountUallo: 100n });
    expect(outcome).toEqual({ accepted: true, movedUallo: 100n, dueHeight: 13 });
    advanceTo(book, 12);
    expect(paid(book, ['a'])).toEqual([]);
    advanceTo(book, 13);
    expect(paid(book, ['a'])).toEqual(['a']);
    expect(book.removals.get(removalAccount(1, 'r', 'a'))).toBeUndefined();
    assertBook(book);
  });

  it('come back into the stake when cancelled, and are then never paid', () => {
    const book = withDelegators(['a']);
    run(book, { kind: 'remove-stake', ...holding('a'), amountUallo: 60n });
    run(book, { kind: 'cancel-removal', ...holding('a') });
    assertBook(book);
    advanceTo(book, 30);
    expect(balanceOf(book, participantAccount('a'))).toBe(0n);
    run(book, { kind: 'remove-stake', ...holding('a'), amountUallo: 100n });
    advanceTo(book, 40);
    expect(paid(book, ['a'])).toEqual(['a']);
  });

  it("of a validator's stake work the same", () => {
    const book = openEconomy();
    give(book, 'v', 100n);
    run(book, { kind: 'stake-validator', validator: 'v', amountUallo: 100n });
    run(book, { kind: 'remove-validator-stake', validator: 'v', amountUallo: 40n });
    run(book, { kind: 'cancel-validator-removal', validator: 'v' });
    assertBook(book);
    run(book, { kind: 'remove-validator-stake', validator: 'v', amountUallo: 100n });
    expect(book.network.validatorStakeUallo).toBe(0n);
    advanceTo(book, 10);
    expect(balanceOf(book, participantAccount('v'))).toBe(100n);
    assertBook(book);
  });

  it('queued to stall others: many of them delay another by the blocks they take, and no longer', () => {
    const crowd = Array.from({ length: 7 }, (_, i) => `a${i}`);
    const book = withDelegators([...crowd, 'z']);
    for (const holder of crowd) run(book, { kind: 'remove-stake', ...holding(holder), amountUallo: 100n });
    advanceTo(book, 1);
    run(book, { kind: 'remove-stake', ...holding('z'), amountUallo: 100n });
    // Two a block from block 10 on: the crowd of seven takes until block 13, and z comes right behind.
    advanceTo(book, 12);
    expect(paid(book, [...crowd, 'z'])).toEqual(crowd.slice(0, 6));
    advanceTo(book, 13);
    expect(paid(book, [...crowd, 'z'])).toEqual([...crowd, 'z']);
    assertBook(book);
  });

  it('cannot stall: each is paid in its turn, whatever pieces the blocks come in', () => {
    const queue = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 30, size: 'max' });
    const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 6 });
    fc.assert(
      fc.property(queue, cuts, (dueHeights, places) => {
        const holders = dueHeights.map((_, i) => `a${String(i).padStart(2, '0')}`);
        const book = copyOf(openEconomy());
        holders.forEach((holder, i) => {
          const account = removalAccount(1, 'r', holder);
          book.balances.set(account, 1n);
          const row = { holder, topicId: 1, reputer: 'r', amountUallo: 1n, requestedHeight: 0 };
          book.removals.set(account, { ...row, dueHeight: dueHeights[i]! });
        });
        const inPieces = copyOf(book);
        payRemovals(book, testRules, { fromHeightExclusive: 0, toHeight: 20 });
        const ends = [...new Set(places), 20].sort((a, b) => a - b);
        ends.forEach((toHeight, i) =>
          payRemovals(inPieces, testRules, { fromHeightExclusive: ends[i - 1] ?? 0, toHeight }),
        );
        expect(stateOf(inPieces)).toEqual(stateOf(book));
        expect(inPieces.transfers).toEqual(book.transfers);
        // Even if all had been due in one block, they are gone after a block for every two.
        const latest = Math.max(0, ...dueHeights) + Math.ceil(dueHeights.length / 2);
        if (latest <= 20) expect([...book.removals.entries()]).toEqual([]);
      }),
    );
  });

  it('tell what changed, deletions included', () => {
    const rows = new Rows([['a', 1n]]);
    rows.set('b', 2n);
    rows.delete('a');
    expect([...rows.changes()]).toEqual([
      ['b', 2n],
      ['a', undefined],
    ]);
  });
});
