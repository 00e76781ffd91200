import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterEvent,
  fittingWaitBlocks,
  heldNowUallo,
  isEnded,
  NOT_DELIVERED,
  nextStep,
  type Purchase,
  type PurchaseEvent,
} from './purchase';

const bought = (change: Partial<Purchase> = {}): Purchase => ({
  ...{ kind: 'next-epoch', state: 'received', feeUallo: 100n, parts: 1, deliveredParts: 0 },
  ...{ chargedUallo: 0n, refundedUallo: 0n, afterNonce: 20, maxWaitBlocks: 30 },
  ...{ deadlineHeight: 0, deadlineAtMs: 1_000, reason: null },
  ...change,
});
const held = (change: Partial<Purchase> = {}) => bought({ state: 'held', deadlineHeight: 50, ...change });
const facts = { nowMs: 10, height: 30, nextNonce: undefined };
const notDelivered = { kind: 'give-up', reason: { code: NOT_DELIVERED } };

describe('the next step of a purchase', () => {
  it.each([
    ['received', bought(), facts, { kind: 'hold-fee' }],
    ['received, and the time is over', bought(), { ...facts, nowMs: 1_000 }, notDelivered],
    ['held', held(), facts, { kind: 'wait' }],
    [
      'held, with an inference',
      held(),
      { ...facts, nextNonce: 25 },
      { kind: 'sign-inference', nonce: 25, part: 1 },
    ],
    [
      'held, with one of its last height',
      held(),
      { ...facts, nextNonce: 50 },
      { kind: 'sign-inference', nonce: 50 },
    ],
    ['held, with one too late', held(), { ...facts, nextNonce: 51 }, { kind: 'wait' }],
    ['held, at its last height', held(), { ...facts, height: 50 }, { kind: 'wait' }],
    ['held, behind its last height', held(), { ...facts, height: 51 }, notDelivered],
    ['held, late, of an inference in time', held(), { nowMs: 9e9, height: 99, nextNonce: 40 }, { nonce: 40 }],
    ['held, and the height is not known', held(), { ...facts, height: undefined }, { kind: 'wait' }],
    [
      'held, and the clock alone goes on',
      held(),
      { ...facts, height: undefined, nowMs: 1_000 },
      notDelivered,
    ],
    ['held, of the latest, however old', held({ kind: 'latest' }), { ...facts, nextNonce: 5 }, { nonce: 5 }],
    ['delivering', held({ state: 'delivering', deliveredParts: 2 }), facts, { kind: 'charge-part', part: 3 }],
    ['closing', held({ state: 'closing' }), facts, { kind: 'refund' }],
    ['fulfilled', held({ state: 'fulfilled' }), facts, { kind: 'none' }],
    ['refunded', held({ state: 'refunded' }), facts, { kind: 'none' }],
    ['refused', held({ state: 'refused' }), facts, { kind: 'none' }],
  ] as const)('%s', (_, purchase, known, step) => {
    expect(nextStep(purchase, known)).toMatchObject(step);
  });
});

describe('a purchase', () => {
  it('is fulfilled with its last part', () => {
    const subscribed = bought({ kind: 'subscription', parts: 2 });
    const events: PurchaseEvent[] = [
      { kind: 'fee-held', height: 7 },
      { kind: 'inference-signed', nonce: 30 },
      { kind: 'part-charged', amountUallo: 50n },
      { kind: 'inference-signed', nonce: 40 },
      { kind: 'part-charged', amountUallo: 50n },
    ];
    const states = events.map((_, i) => events.slice(0, i + 1).reduce(afterEvent, subscribed));
    expect(states.map(({ state }) => state)).toEqual([
      'held',
      'delivering',
      'held',
      'delivering',
      'fulfilled',
    ]);
    expect(states.map(heldNowUallo)).toEqual([100n, 100n, 50n, 50n, 0n]);
    expect(states.at(-1)).toMatchObject({ afterNonce: 40, chargedUallo: 100n, deadlineHeight: 37 });
  });

  it('that is given up is refunded where a fee was held, and refused where none was', () => {
    const reason = { code: 'X', detail: 'x' };
    const given = (purchase: Purchase) => afterEvent(purchase, { kind: 'given-up', reason });
    const closed = (purchase: Purchase, refundedUallo: bigint) =>
      afterEvent(given(purchase), { kind: 'closed', refundedUallo });
    expect(closed(held(), 100n)).toMatchObject({ state: 'refunded', refundedUallo: 100n, reason });
    expect(closed(held({ feeUallo: 0n }), 0n).state).toBe('refunded');
    expect(closed(bought(), 0n).state).toBe('refused');
    // The ledger was not there in time: that is no fault of the buyer's.
    const late = afterEvent(bought(), { kind: 'given-up', reason: { code: NOT_DELIVERED, detail: '' } });
    expect(afterEvent(late, { kind: 'closed', refundedUallo: 0n }).state).toBe('refunded');
    // Its hold was answered into the void.
    expect(closed(bought(), 100n).state).toBe('refunded');
    expect(heldNowUallo(given(bought()))).toBe(0n);
  });

  it('takes no event that does not fit, and none after its end', () => {
    const event = fc.constantFrom<PurchaseEvent>(
      { kind: 'fee-held', height: 3 },
      { kind: 'inference-signed', nonce: 30 },
      { kind: 'part-charged', amountUallo: 1n },
      { kind: 'given-up', reason: { code: 'X', detail: '' } },
      { kind: 'closed', refundedUallo: 1n },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (events, parts) => {
        let purchase = bought({ kind: 'subscription', parts });
        for (const one of events) {
          const before = purchase;
          try {
            purchase = afterEvent(before, one);
          } catch {
            continue;
          }
          expect(isEnded(before)).toBe(false);
          expect(purchase.deliveredParts - before.deliveredParts).toBe(one.kind === 'part-charged' ? 1 : 0);
        }
        expect(purchase.state === 'fulfilled').toBe(purchase.deliveredParts === parts);
      }),
    );
  });

  it('waits for the epochs that it is of', () => {
    const rules = { epochLengthBlocks: 10, workerWindowBlocks: 4, revealWindowBlocks: 2 };
    expect(fittingWaitBlocks(1, rules)).toBe(26);
    expect(fittingWaitBlocks(5, rules)).toBe(66);
  });
});
