import { describe, expect, it } from 'vitest';
import { assertBook, copyOf, give, openEconomy, run, stateOf, testRules } from '../../test/economy';
import {
  delegatorRewardsAccount,
  DUST,
  EPOCH_REWARDS,
  FAUCET,
  participantAccount,
  REWARDS_POOL,
  stakeAccount,
  TREASURY,
} from './accounts';
import { type Book, emissionKey, owedKey } from './book';
import { chargeDataFees, withholdOwed } from './data-fees';
import { balanceOf, post } from './post';
import { type EpochPayment, settleEpoch, takeSnapshot } from './settle-epoch';
import { countEpochFees, topicOf } from './topic-life';

/** r stakes 100, d delegates 300 to it, and 1000 uallo are set aside for epoch 5. */
function withEmission(amountUallo = 1000n): Book {
  const book = openEconomy();
  for (const address of ['r', 'd']) give(book, address, 1000n);
  run(book, { kind: 'stake', topicId: 1, reputer: 'r', amountUallo: 100n });
  run(book, { kind: 'delegate', topicId: 1, reputer: 'r', holder: 'd', amountUallo: 300n });
  takeSnapshot(book, 1, 5);
  const row = { topicId: 1, nonce: 5, height: 9, epochLengthBlocks: 5, weight: 1, totalWeight: 1 };
  book.emissions.set(emissionKey(1, 5), { ...row, blockEmissionUallo: 1n, amountUallo });
  if (amountUallo === 0n) return book;
  const postings = [
    { account: FAUCET, amountUallo: -amountUallo },
    { account: EPOCH_REWARDS, amountUallo },
  ];
  post(book, { key: 'set-aside', kind: 'epoch-emission', postings });
  return book;
}

const worker = (participant: string, amountUallo: bigint): EpochPayment => ({
  role: 'inferer',
  participant,
  amountUallo,
  delegatorsUallo: 0n,
  delegatedUallo: 0n,
});
const reputer: EpochPayment = {
  role: 'reputer',
  participant: 'r',
  amountUallo: 100n,
  delegatorsUallo: 300n,
  delegatedUallo: 300n,
};
const epoch = { topicId: 1, nonce: 5, dustUallo: 3n, reputersTaskUallo: 401n };
const settle = (book: Book, payments: readonly EpochPayment[], dustUallo = 3n) =>
  settleEpoch(book, { ...epoch, payments, dustUallo }, 'epoch-rewards:1:5');

describe('settlement of an epoch', () => {
  it('pays workers, stakes and delegators, keeps the dust and returns the rest, in one transfer', () => {
    const book = withEmission();
    const amounts = settle(book, [worker('w', 250n), { ...worker('w', 50n), role: 'forecaster' }, reputer]);
    expect(amounts).toEqual({
      emissionUallo: 1000n,
      paidUallo: 700n,
      withheldUallo: 0n,
      returnedUallo: 297n,
    });
    expect(balanceOf(book, participantAccount('w'))).toBe(300n);
    expect(balanceOf(book, stakeAccount(1, 'r'))).toBe(200n);
    expect(balanceOf(book, delegatorRewardsAccount(1, 'r'))).toBe(300n);
    expect(balanceOf(book, DUST)).toBe(3n);
    expect(balanceOf(book, REWARDS_POOL)).toBe(297n);
    expect(balanceOf(book, EPOCH_REWARDS)).toBe(0n);
    expect(topicOf(book, 1)).toMatchObject({ paidNonce: 5, stakeUallo: 500n });
    expect(book.network).toMatchObject({ monthRewardsUallo: 703n, monthReputersUallo: 401n });
    expect(book.transfers.at(-1)).toMatchObject({
      key: 'epoch-rewards:1:5',
      kind: 'epoch-rewards',
      nonce: 5,
    });
    expect(run(book, { kind: 'claim-delegation-rewards', topicId: 1, reputer: 'r', holder: 'd' })).toEqual({
      accepted: true,
      movedUallo: 300n,
    });
    assertBook(book);
  });

  it('returns all of an epoch that pays nobody, and posts nothing where there was nothing', () => {
    const book = withEmission();
    settle(book, [], 0n);
    expect(balanceOf(book, REWARDS_POOL)).toBe(1000n);
    expect(book.network.monthRewardsUallo).toBe(0n);
    const empty = withEmission(0n);
    const transfers = empty.transfers.length;
    settle(empty, [], 0n);
    expect(empty.transfers).toHaveLength(transfers);
    expect(topicOf(empty, 1).paidNonce).toBe(5);
  });

  it('stops a caller that would pay twice, more than there is, or less than nothing', () => {
    const book = withEmission();
    const before = stateOf(copyOf(book));
    expect(() => settle(book, [worker('w', 998n)])).toThrow('pays 998 + 3 of 1000');
    expect(() => settle(book, [worker('w', 1n)], -1n)).toThrow('pays');
    expect(() => settleEpoch(book, { ...epoch, nonce: 6, payments: [] }, 'k')).toThrow('set aside');
    expect(stateOf(book)).toEqual(before);
    expect(() => settle(book, [worker('w', -1n)])).toThrow('less than nothing');
    const paid = withEmission();
    settle(paid, [worker('w', 1n)]);
    expect(() => settle(paid, [worker('w', 1n)])).toThrow('paid already');
  });

  it('takes a snapshot once and never back', () => {
    const book = withEmission();
    takeSnapshot(book, 1, 3);
    expect(topicOf(book, 1).takenNonce).toBe(5);
  });
});

describe('data fees', () => {
  it('are paid by all in one transfer and owed by those who cannot', () => {
    const book = openEconomy();
    give(book, 'a', 100n);
    give(book, 'b', 4n);
    const fees = { topicId: 1, nonce: 5, countNonce: 5, submitters: ['a', 'b', 'c'] };
    expect(chargeDataFees(book, testRules, fees, 'data-fee:1:5:inferences')).toEqual({
      paidUallo: 14n,
      owedUallo: 16n,
    });
    expect(book.transfers.at(-1)!.postings).toEqual([
      { account: 'participant:a', amountUallo: -10n },
      { account: 'participant:b', amountUallo: -4n },
      { account: TREASURY, amountUallo: 14n },
    ]);
    expect(topicOf(book, 1)).toMatchObject({
      feeRevenueUallo: 0n,
      pendingFees: [{ countNonce: 5, amountUallo: 14n }],
    });
    countEpochFees(book, 1, 4);
    expect(topicOf(book, 1).feeRevenueUallo).toBe(0n);
    countEpochFees(book, 1, 5);
    expect(topicOf(book, 1)).toMatchObject({ feeRevenueUallo: 14n, pendingFees: [] });
    expect([book.owed.get(owedKey(1, 'b')), book.owed.get(owedKey(1, 'c'))]).toEqual([6n, 10n]);
    assertBook(book);
  });

  it('charge who is named twice for both, as far as it reaches', () => {
    const book = openEconomy();
    give(book, 'a', 15n);
    const fees = { topicId: 1, nonce: 5, countNonce: 5, submitters: ['a', 'a'] };
    expect(chargeDataFees(book, testRules, fees, 'k')).toEqual({ paidUallo: 15n, owedUallo: 5n });
    const broke = { ...fees, submitters: ['z'] };
    const transfers = book.transfers.length;
    expect(chargeDataFees(book, testRules, broke, 'k2')).toEqual({ paidUallo: 0n, owedUallo: 10n });
    expect(book.transfers).toHaveLength(transfers);
    assertBook(book);
  });

  it('that are owed are kept back from the next reward in the topic, and from no more than it', () => {
    const book = withEmission();
    for (const address of ['w', 'r']) book.owed.set(owedKey(1, address), 30n);
    const forecaster = { ...worker('w', 25n), role: 'forecaster' } as const;
    const { withheldUallo } = settle(book, [worker('w', 10n), forecaster, reputer]);
    expect(withheldUallo).toBe(60n);
    expect(balanceOf(book, participantAccount('w'))).toBe(5n);
    expect(balanceOf(book, stakeAccount(1, 'r'))).toBe(170n);
    expect(balanceOf(book, TREASURY)).toBe(60n);
    expect(topicOf(book, 1)).toMatchObject({ feeRevenueUallo: 0n, stakeUallo: 470n });
    expect(topicOf(book, 1).pendingFees).toEqual([{ countNonce: 6, amountUallo: 60n }]);
    expect([...book.owed.entries()]).toEqual([]);
    assertBook(book);
  });

  it('withholds nothing from nothing', () => {
    const book = openEconomy();
    expect(withholdOwed(book, { topicId: 1, nonce: 5 }, 'a', 5n)).toBe(0n);
    book.owed.set(owedKey(1, 'a'), 3n);
    expect(withholdOwed(book, { topicId: 1, nonce: 5 }, 'a', 0n)).toBe(0n);
    expect(withholdOwed(book, { topicId: 1, nonce: 5 }, 'a', 2n)).toBe(2n);
    expect(book.owed.get(owedKey(1, 'a'))).toBe(1n);
  });
});
