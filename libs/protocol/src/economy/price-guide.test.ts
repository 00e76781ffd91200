import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, copyOf, give, openEconomy, run, testRules } from '../../test/economy';
import type { Book } from './book';
import { priceGuide } from './price-guide';
import { changeTopic, topicOf, topicStanding } from './topic-life';

const guideOf = (book: Book, fees: readonly bigint[] = []) =>
  priceGuide(topicOf(book, 1), book.network, testRules, fees);

/** Two topics with stake and a stored weight, and a buyer that could pay anything. */
function economy(stakeUallo: bigint, fundsUallo: bigint): Book {
  const book = openEconomy();
  for (const address of ['r', 'buyer']) give(book, address, 10n ** 24n);
  if (stakeUallo > 0n) run(book, { kind: 'stake', reputer: 'r', topicId: 1, amountUallo: stakeUallo });
  run(book, { kind: 'stake', reputer: 'r', topicId: 2, amountUallo: 10n ** 21n });
  for (const topicId of [1, 2]) {
    if (fundsUallo > 0n) run(book, { kind: 'fund-topic', from: 'r', topicId, amountUallo: fundsUallo });
  }
  const ended = [1, 2].map((topicId) => ({ topicId, nonce: 1, height: 5, epochLengthBlocks: 5 }));
  advance(book, { fromHeightExclusive: 0, toHeight: 5, ended });
  return book;
}

const pay = (book: Book, feeUallo: bigint): Book => {
  const paid = copyOf(book);
  run(paid, { kind: 'pay-inference', from: 'buyer', topicId: 1, amountUallo: feeUallo });
  return paid;
};

describe('the price guide', () => {
  it('tells the weight, the share and the activity that a payment really brings', () => {
    const stakes = fc.bigInt({ min: 0n, max: 10n ** 23n });
    const fees = fc.bigInt({ min: 1n, max: 10n ** 23n });
    fc.assert(
      fc.property(
        stakes,
        fc.constantFrom(0n, 1n, 10n ** 20n),
        fees,
        fc.boolean(),
        (stake, funds, fee, active) => {
          const book = economy(stake, funds);
          changeTopic(book, 1, { active });
          const [priced] = guideOf(book, [fee]).fees;
          const paid = pay(book, fee);
          const standing = topicStanding(paid, 1);
          expect(priced).toMatchObject({ feeUallo: fee, weight: standing.weight, active: standing.active });
          expect(guideOf(paid).now).toMatchObject({ weight: standing.weight, active: standing.active });
          const others = book.network.totalWeight - (topicOf(book, 1).weight ?? 0);
          expect(priced!.share).toBeCloseTo(standing.weight / (others + standing.weight || 1), 12);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('names the smallest fee that wakes a topic: one uallo less does not', () => {
    const book = economy(1000n, 1n);
    changeTopic(book, 1, { active: false, weight: null });
    const { activatingFeeUallo, now } = guideOf(book);
    expect(now.active).toBe(false);
    expect(topicOf(pay(book, activatingFeeUallo!), 1).active).toBe(true);
    expect(activatingFeeUallo!).toBeGreaterThan(1n);
    expect(topicOf(pay(book, activatingFeeUallo! - 1n), 1).active).toBe(false);
  });

  it('says that an active topic needs none, and that without stake none is enough', () => {
    expect(guideOf(economy(10n ** 20n, 10n ** 20n)).activatingFeeUallo).toBe(0n);
    const idle = economy(0n, 0n);
    changeTopic(idle, 1, { active: false });
    expect(guideOf(idle)).toMatchObject({ activatingFeeUallo: null, now: { weight: 0, share: 0 } });
  });

  it('is of the part of the emission that the share has', () => {
    const book = economy(10n ** 20n, 10n ** 20n);
    const [priced] = guideOf(book, [10n ** 22n]).fees;
    const emission = Number(book.network.blockEmissionUallo) * 5;
    expect(emission).toBeGreaterThan(0);
    expect(priced!.epochEmissionUallo).toBe(priced!.share * Number(book.network.blockEmissionUallo) * 5);
    expect(priced!.share).toBeGreaterThan(guideOf(book).now.share);
  });
});
