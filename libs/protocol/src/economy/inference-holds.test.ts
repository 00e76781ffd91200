import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assertBook,
  copyOf,
  give,
  loadedBook,
  openEconomy,
  run,
  stateOf,
  testRules,
} from '../../test/economy';
import { INFERENCE_HOLDS, participantAccount, TREASURY } from './accounts';
import { applyCommand } from './apply-command';
import { type Book, holdKey } from './book';
import type { Command, CommandOf } from './commands';
import { heldUallo, partUallo } from './inference-holds';
import { balanceOf } from './post';
import { changeTopic, topicOf } from './topic-life';
import { touchesOf } from './touches';

const request = { requestId: 'x', requestHash: 'aa' };
const hold = (feeUallo: bigint, parts = 1): CommandOf<'hold-inference-fee'> => ({
  ...{ kind: 'hold-inference-fee', from: 'a', ...request, topicId: 1, feeUallo, parts },
});
const release = (part: number): Command => ({
  ...{ kind: 'release-inference-fee', account: 'a', ...request, topicId: 1, part },
});
const refund: Command = { kind: 'refund-inference-fee', account: 'a', ...request };

function economy(): Book {
  const book = openEconomy();
  give(book, 'a', 1000n);
  return book;
}

const refuse = (book: Book, command: Command) => {
  const before = stateOf(copyOf(book));
  const outcome = applyCommand(book, testRules, command, `refused:${book.transfers.length}`);
  expect(outcome.accepted).toBe(false);
  expect(stateOf(book)).toEqual(before);
  return outcome;
};

describe('the fee of an inference request', () => {
  it('is held, then revenue of the topic: the treasury and the revenue get it once', () => {
    const book = economy();
    expect(run(book, hold(300n)).movedUallo).toBe(300n);
    expect(balanceOf(book, INFERENCE_HOLDS)).toBe(300n);
    expect(topicOf(book, 1).feeRevenueUallo).toBe(0n);
    assertBook(book);
    expect(run(book, release(1)).movedUallo).toBe(300n);
    expect([balanceOf(book, INFERENCE_HOLDS), balanceOf(book, TREASURY)]).toEqual([0n, 300n]);
    expect(topicOf(book, 1).feeRevenueUallo).toBe(300n);
    expect(book.transfers.slice(-2).map(({ kind }) => kind)).toEqual(['inference-hold', 'inference-fee']);
    refuse(book, release(1));
    refuse(book, release(2));
    assertBook(book);
  });

  it('of a subscription goes epoch by epoch, and what is not delivered goes back', () => {
    const book = economy();
    run(book, hold(100n, 3));
    refuse(book, release(2));
    expect(run(book, release(1)).movedUallo).toBe(33n);
    expect(run(book, release(2)).movedUallo).toBe(33n);
    expect(run(book, refund).movedUallo).toBe(34n);
    expect(balanceOf(book, participantAccount('a'))).toBe(934n);
    expect(refuse(book, release(3))).toMatchObject({ code: 'NO_HOLD' });
    expect(run(book, refund).movedUallo).toBe(0n);
    assertBook(book);
  });

  it('may be nothing: then nothing moves, and the request is known all the same', () => {
    const book = economy();
    const posted = book.transfers.length;
    expect(run(book, hold(0n)).movedUallo).toBe(0n);
    expect(run(book, release(1)).movedUallo).toBe(0n);
    expect(book.transfers.length).toBe(posted);
    expect(book.holds.get(holdKey('a', 'x'))).toMatchObject({ releasedParts: 1, closed: true });
  });

  it('is refused below the minimum of the topic, beyond the balance, for no topic and for a negative amount', () => {
    const book = economy();
    changeTopic(book, 1, { minInferenceFeeUallo: 50n });
    expect(refuse(book, hold(49n))).toMatchObject({
      code: 'FEE_BELOW_MINIMUM',
      feeUallo: 49n,
      minFeeUallo: 50n,
    });
    expect(refuse(book, hold(1001n))).toMatchObject({ code: 'INSUFFICIENT_BALANCE' });
    expect(refuse(book, { ...hold(50n), topicId: 9 })).toMatchObject({ code: 'UNKNOWN_TOPIC' });
    expect(refuse(book, hold(-1n))).toMatchObject({ code: 'VALUE_NOT_ALLOWED' });
    for (const parts of [0, -1, 1.5, 1_001, Number.NaN])
      expect(refuse(book, hold(60n, parts))).toMatchObject({ code: 'VALUE_NOT_ALLOWED' });
    run(book, hold(50n));
  });

  it('cannot be taken any more once its request was closed without one', () => {
    const book = economy();
    expect(run(book, refund).movedUallo).toBe(0n);
    expect(refuse(book, hold(10n))).toMatchObject({ code: 'NO_HOLD' });
    expect(balanceOf(book, participantAccount('a'))).toBe(1000n);
    assertBook(book);
  });

  it('moves for the request that it was paid for, and no other', () => {
    const book = economy();
    run(book, hold(100n));
    const others: Command[] = [
      { ...refund, requestHash: 'bb' } as Command,
      { ...release(1), requestHash: 'bb' } as Command,
      { ...release(1), topicId: 2 } as Command,
      { ...release(1), account: 'b' } as Command,
      { ...release(1), requestId: 'y' } as Command,
    ];
    for (const command of others) expect(refuse(book, command)).toMatchObject({ code: 'NO_HOLD' });
    run(book, release(1));
  });

  it('wakes a sleeping topic when it is delivered', () => {
    const book = economy();
    give(book, 'r', 10n ** 24n);
    give(book, 'a', 10n ** 22n);
    run(book, { kind: 'stake', reputer: 'r', topicId: 1, amountUallo: 10n ** 23n });
    changeTopic(book, 1, { active: false });
    run(book, hold(10n ** 22n));
    expect(topicOf(book, 1).active).toBe(false);
    run(book, release(1));
    expect(topicOf(book, 1).active).toBe(true);
  });

  it('is shared by its parts to the last uallo', () => {
    const fees = fc.bigInt({ min: 0n, max: 10n ** 30n });
    fc.assert(
      fc.property(fees, fc.integer({ min: 1, max: 1_000 }), (feeUallo, parts) => {
        const all = Array.from({ length: Math.min(parts, 50) }, (_, i) =>
          partUallo({ feeUallo, parts }, i + 1),
        );
        const first = partUallo({ feeUallo, parts }, 1);
        const last = partUallo({ feeUallo, parts }, parts);
        expect(all.every((part) => part >= 0n)).toBe(true);
        expect(first * BigInt(parts - 1) + last).toBe(feeUallo);
        expect(last - (parts > 1 ? first : last)).toBeLessThan(BigInt(parts));
      }),
    );
  });

  it('whatever is released and then given back, it adds up', () => {
    const plan = fc.record({
      feeUallo: fc.bigInt({ min: 0n, max: 1000n }),
      parts: fc.integer({ min: 1, max: 6 }),
      delivered: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(plan, ({ feeUallo, parts, delivered }) => {
        const book = economy();
        const touched = loadedBook(book, touchesOf(hold(feeUallo, parts)));
        run(touched, hold(feeUallo, parts));
        const released = Math.min(delivered, parts);
        for (let part = 1; part <= released; part += 1) run(touched, release(part));
        run(touched, refund);
        const row = touched.holds.get(holdKey('a', 'x'))!;
        expect(row.releasedUallo + row.refundedUallo).toBe(feeUallo);
        expect(heldUallo(row)).toBe(0n);
        expect(balanceOf(touched, TREASURY)).toBe(row.releasedUallo);
        expect(balanceOf(touched, participantAccount('a'))).toBe(1000n - row.releasedUallo);
        expect(balanceOf(touched, INFERENCE_HOLDS)).toBe(0n);
      }),
    );
  });
});
