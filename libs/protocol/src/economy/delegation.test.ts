import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertBook, give, openEconomy, run, testRules } from '../../test/economy';
import {
  delegationAccount,
  delegatorRewardsAccount,
  EPOCH_REWARDS,
  FAUCET,
  participantAccount,
} from './accounts';
import { applyCommand } from './apply-command';
import { type Book, delegationKey, emissionKey } from './book';
import type { Command } from './commands';
import { claimableUallo, poolOf } from './delegation';
import { balanceOf, post } from './post';
import { settleEpoch, takeSnapshot } from './settle-epoch';

const TOPIC = 1;
const R = 'r';
const HOLDERS = ['a', 'b', 'c'] as const;
type Holder = (typeof HOLDERS)[number];

function withReputer(): Book {
  const book = openEconomy();
  for (const address of [R, ...HOLDERS]) give(book, address, 10n ** 24n);
  run(book, { kind: 'stake', reputer: R, topicId: TOPIC, amountUallo: 1000n });
  return book;
}

const delegated = (book: Book, holder: Holder): bigint =>
  balanceOf(book, delegationAccount(TOPIC, R, holder));
const totalDelegated = (book: Book): bigint =>
  HOLDERS.reduce((sum, holder) => sum + delegated(book, holder), 0n);

/** Pays the delegators of an epoch, and nobody else. */
function pay(book: Book, nonce: number, amountUallo: bigint, delegatedUallo: bigint): void {
  book.emissions.set(emissionKey(TOPIC, nonce), {
    topicId: TOPIC,
    nonce,
    height: nonce,
    epochLengthBlocks: 5,
    weight: 1,
    totalWeight: 1,
    blockEmissionUallo: amountUallo,
    amountUallo,
  });
  if (amountUallo > 0n) {
    post(book, {
      key: `set-aside:${nonce}`,
      kind: 'epoch-emission',
      postings: [
        { account: FAUCET, amountUallo: -amountUallo },
        { account: EPOCH_REWARDS, amountUallo },
      ],
    });
  }
  const payment = { role: 'reputer', participant: R, amountUallo: 0n, delegatorsUallo: amountUallo } as const;
  const epoch = { topicId: TOPIC, nonce, dustUallo: 0n, reputersTaskUallo: amountUallo };
  settleEpoch(book, { ...epoch, payments: [{ ...payment, delegatedUallo }] }, `epoch-rewards:1:${nonce}`);
}

const claimable = (book: Book, holder: Holder): bigint => {
  const delegation = book.delegations.get(delegationKey(TOPIC, R, holder));
  return delegation ? claimableUallo(delegation, poolOf(book, TOPIC, R)) : 0n;
};
const delegate = (book: Book, holder: Holder, amountUallo: bigint) =>
  run(book, { kind: 'delegate', holder, topicId: TOPIC, reputer: R, amountUallo });
const remove = (book: Book, holder: Holder, amountUallo: bigint) =>
  run(book, { kind: 'remove-stake', holder, topicId: TOPIC, reputer: R, amountUallo });
const claim = (book: Book, holder: Holder) =>
  applyCommand(
    book,
    testRules,
    { kind: 'claim-delegation-rewards', holder, topicId: TOPIC, reputer: R },
    `claim:${book.transfers.length}`,
  );

describe('delegators', () => {
  it('share by what the snapshot holds, not by what is delegated when it is paid', () => {
    const book = withReputer();
    delegate(book, 'a', 100n);
    takeSnapshot(book, TOPIC, 5);
    delegate(book, 'b', 900n);
    remove(book, 'a', 100n);
    pay(book, 5, 50n, 100n);
    expect([claimable(book, 'a'), claimable(book, 'b')]).toEqual([50n, 0n]);
    takeSnapshot(book, TOPIC, 10);
    pay(book, 10, 90n, 900n);
    expect([claimable(book, 'a'), claimable(book, 'b')]).toEqual([50n, 90n]);
    assertBook(book);
  });

  it('keep what several unpaid snapshots hold apart', () => {
    const book = withReputer();
    delegate(book, 'a', 100n);
    delegate(book, 'b', 100n);
    takeSnapshot(book, TOPIC, 5);
    delegate(book, 'a', 200n);
    takeSnapshot(book, TOPIC, 10);
    remove(book, 'a', 300n);
    takeSnapshot(book, TOPIC, 15);
    delegate(book, 'c', 100n);
    for (const [nonce, shares] of [
      [5, 200n],
      [10, 400n],
      [15, 100n],
    ] as const)
      pay(book, nonce, 400n, shares);
    expect(HOLDERS.map((holder) => claimable(book, holder))).toEqual([500n, 700n, 0n]);
    assertBook(book);
  });

  it("a delegator's reward claimed twice is paid once", () => {
    const book = withReputer();
    delegate(book, 'a', 100n);
    takeSnapshot(book, TOPIC, 5);
    pay(book, 5, 33n, 100n);
    const before = balanceOf(book, participantAccount('a'));
    expect(claim(book, 'a')).toEqual({ accepted: true, movedUallo: 33n });
    expect(claim(book, 'a')).toEqual({ accepted: false, code: 'NOTHING_TO_CLAIM' });
    remove(book, 'a', 100n);
    expect(claim(book, 'a')).toEqual({ accepted: false, code: 'NOTHING_TO_CLAIM' });
    expect(balanceOf(book, participantAccount('a')) - before).toBe(33n);
    assertBook(book);
  });

  it('rounding that under-funds the pot: thirds of a uallo wait until they are whole', () => {
    const book = withReputer();
    for (const holder of HOLDERS) delegate(book, holder, 1n);
    for (let nonce = 5; nonce <= 45; nonce += 5) {
      takeSnapshot(book, TOPIC, nonce);
      pay(book, nonce, 1n, 3n);
      assertBook(book);
    }
    expect(HOLDERS.map((holder) => claimable(book, holder))).toEqual([3n, 3n, 3n]);
    for (const holder of HOLDERS) expect(claim(book, holder).accepted).toBe(true);
    expect(balanceOf(book, delegatorRewardsAccount(TOPIC, R))).toBe(0n);
  });

  it('cannot gain by claiming, moving or splitting between the snapshot and the payment', () => {
    const book = withReputer();
    run(book, { kind: 'stake', reputer: 'c', topicId: 2, amountUallo: 1n });
    delegate(book, 'a', 100n);
    takeSnapshot(book, TOPIC, 5);
    const there = { kind: 'redelegate', holder: 'a', amountUallo: 100n } as const;
    run(book, { ...there, topicId: TOPIC, reputer: R, toTopicId: 2, toReputer: 'c' });
    run(book, { ...there, topicId: 2, reputer: 'c', toTopicId: TOPIC, toReputer: R });
    expect(claim(book, 'a').accepted).toBe(false);
    pay(book, 5, 70n, 100n);
    expect(claimable(book, 'a')).toBe(70n);
    assertBook(book);
  });
});

type Step =
  | { readonly kind: 'delegate'; readonly holder: Holder; readonly amount: bigint }
  | { readonly kind: 'remove'; readonly holder: Holder; readonly amount: bigint }
  | { readonly kind: 'claim' | 'cancel'; readonly holder: Holder }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'pay'; readonly amount: bigint };

const holders = fc.constantFrom(...HOLDERS);
const amounts = fc.oneof(fc.bigInt({ min: 1n, max: 9n }), fc.bigInt({ min: 1n, max: 10n ** 21n }));
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('delegate' as const, 'remove' as const),
    holder: holders,
    amount: amounts,
  }),
  fc.record({ kind: fc.constant('remove' as const), holder: holders, amount: amounts }),
  fc.record({ kind: fc.constantFrom('claim' as const, 'cancel' as const), holder: holders }),
  fc.record({ kind: fc.constant('snapshot' as const) }),
  fc.record({ kind: fc.constant('pay' as const), amount: amounts }),
);

function commandOf(step: Extract<Step, { holder: Holder }>): Command {
  const holding = { holder: step.holder, topicId: TOPIC, reputer: R };
  switch (step.kind) {
    case 'delegate':
      return { kind: 'delegate', ...holding, amountUallo: step.amount };
    case 'remove':
      return { kind: 'remove-stake', ...holding, amountUallo: step.amount };
    case 'cancel':
      return { kind: 'cancel-removal', ...holding };
    case 'claim':
      return { kind: 'claim-delegation-rewards', ...holding };
  }
}

/** What each delegator is due, worked out from the snapshots alone, in units of 10^-40 uallo. */
const FINE = 10n ** 40n;

describe('delegators, whatever happens in whatever order', () => {
  it('get their part of each payment by its snapshot, less than a uallo for each settlement, and never more', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 60, size: 'max' }), (sequence) => {
        const book = withReputer();
        const due = new Map<Holder, bigint>(HOLDERS.map((holder) => [holder, 0n]));
        const got = new Map<Holder, bigint>(HOLDERS.map((holder) => [holder, 0n]));
        const open: { nonce: number; shares: ReadonlyMap<Holder, bigint> }[] = [];
        let nonce = 0;
        for (const step of sequence) {
          if (step.kind === 'snapshot') {
            nonce += 5;
            takeSnapshot(book, TOPIC, nonce);
            open.push({ nonce, shares: new Map(HOLDERS.map((holder) => [holder, delegated(book, holder)])) });
          } else if (step.kind === 'pay') {
            const epoch = open.shift();
            if (!epoch) continue;
            const total = [...epoch.shares.values()].reduce((sum, share) => sum + share, 0n);
            pay(book, epoch.nonce, total === 0n ? 0n : step.amount, total);
            if (total === 0n) continue;
            for (const [holder, share] of epoch.shares) {
              due.set(holder, due.get(holder)! + (FINE * step.amount * share) / total);
            }
          } else if (step.kind === 'claim') {
            const outcome = claim(book, step.holder);
            if (outcome.accepted) got.set(step.holder, got.get(step.holder)! + outcome.movedUallo);
          } else {
            const command = commandOf(step);
            applyCommand(book, testRules, command, `k:${book.transfers.length}`);
          }
          assertBook(book);
        }
        expect(totalDelegated(book) + 1000n).toBe(book.topics.get(String(TOPIC))!.stakeUallo);
        for (const holder of HOLDERS) {
          const all = got.get(holder)! + claimable(book, holder);
          const wholeDue = due.get(holder)! / FINE;
          expect(all <= wholeDue + 1n, `${holder} got ${all} of ${wholeDue}`).toBe(true);
          expect(all + BigInt(sequence.length) + 1n >= wholeDue).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
