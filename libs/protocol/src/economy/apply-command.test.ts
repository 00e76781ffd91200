import { describe, expect, it } from 'vitest';
import { assertBook, copyOf, give, openEconomy, OPERATOR, run, stateOf, testRules } from '../../test/economy';
import { delegationAccount, participantAccount, stakeAccount, TREASURY } from './accounts';
import { applyCommand } from './apply-command';
import type { Book } from './book';
import type { Command } from './commands';
import { balanceOf } from './post';
import { changeTopic, topicOf } from './topic-life';

const HUGE = 10n ** 60n;
const toR = { topicId: 1, reputer: 'r' };

/** In topic 1 r stakes 1000 and d delegates 500 to it; in topic 2 r2 stakes 1000. Everybody keeps 1000 or more. */
function staked(): Book {
  const book = openEconomy();
  for (const address of ['r', 'r2', 'd', 'v']) give(book, address, 2000n);
  run(book, { kind: 'stake', ...toR, amountUallo: 1000n });
  run(book, { kind: 'stake', topicId: 2, reputer: 'r2', amountUallo: 1000n });
  run(book, { kind: 'delegate', holder: 'd', ...toR, amountUallo: 500n });
  run(book, { kind: 'stake-validator', validator: 'v', amountUallo: 700n });
  assertBook(book);
  return book;
}

describe('commands that are accepted', () => {
  it('move stake between reputers and topics and keep all sums', () => {
    const book = staked();
    const command = { holder: 'd', ...toR, toTopicId: 2, toReputer: 'r2', amountUallo: 200n };
    expect(run(book, { kind: 'redelegate', ...command })).toEqual({ accepted: true, movedUallo: 200n });
    assertBook(book);
    expect(topicOf(book, 1).stakeUallo).toBe(1300n);
    expect(topicOf(book, 2).stakeUallo).toBe(1200n);
    expect(balanceOf(book, delegationAccount(2, 'r2', 'd'))).toBe(200n);
  });

  it('funding counted twice: a payment enters the treasury once and counts as revenue once', () => {
    const book = staked();
    run(book, { kind: 'fund-topic', from: 'r', topicId: 1, amountUallo: 300n });
    expect(topicOf(book, 1).feeRevenueUallo).toBe(300n);
    expect(balanceOf(book, TREASURY)).toBe(300n);
    run(book, { kind: 'pay-inference', from: 'd', topicId: 1, amountUallo: 50n });
    run(book, { kind: 'registration-fee', from: 'd', topicId: 1, role: 'worker' });
    expect(topicOf(book, 1).feeRevenueUallo).toBe(550n);
    expect(balanceOf(book, TREASURY)).toBe(550n);
    assertBook(book);
  });

  it('charge the creation of a topic to no topic', () => {
    const book = openEconomy();
    give(book, 'c', 75_001n);
    expect(run(book, { kind: 'topic-creation-fee', from: 'c' }).movedUallo).toBe(75_000n);
    expect(balanceOf(book, participantAccount('c'))).toBe(1n);
    const free = { ...testRules, topicCreationFeeUallo: 0n };
    expect(run(book, { kind: 'topic-creation-fee', from: 'c' }, free).movedUallo).toBe(0n);
    expect(book.transfers.at(-1)!.kind).toBe('topic-creation-fee');
    assertBook(book);
  });

  it('slash own stake and delegations by the same part', () => {
    const book = staked();
    run(book, { kind: 'remove-stake', holder: 'd', ...toR, amountUallo: 100n });
    const slash = { kind: 'slash', operator: OPERATOR, ...toR } as const;
    expect(run(book, { ...slash, partsPerMillion: 100_000 }).movedUallo).toBe(140n);
    expect(balanceOf(book, stakeAccount(1, 'r'))).toBe(900n);
    expect(balanceOf(book, delegationAccount(1, 'r', 'd'))).toBe(360n);
    expect(balanceOf(book, TREASURY)).toBe(140n);
    assertBook(book);
  });

  it('leave the delegators of a reputer slashed to nothing with nothing, and their removal', () => {
    const book = staked();
    run(book, { kind: 'remove-stake', holder: 'd', ...toR, amountUallo: 100n });
    run(book, { kind: 'slash', operator: OPERATOR, ...toR, partsPerMillion: 1_000_000 });
    assertBook(book);
    expect(topicOf(book, 1).stakeUallo).toBe(0n);
    const delegate = { kind: 'delegate', holder: 'd', ...toR, amountUallo: 1n } as const;
    expect(applyCommand(book, testRules, delegate, 'k')).toMatchObject({ code: 'NO_SUCH_REPUTER' });
    run(book, { kind: 'cancel-removal', holder: 'd', ...toR });
    expect(balanceOf(book, delegationAccount(1, 'r', 'd'))).toBe(100n);
    assertBook(book);
  });

  it('start an inactive topic again once it weighs enough', () => {
    const book = staked();
    changeTopic(book, 1, { active: false, weight: 50 });
    const fund = (amountUallo: bigint) =>
      run(book, { kind: 'fund-topic', from: 'r', topicId: 1, amountUallo });
    // (50 + sqrt(1500 * fees / 5)) / 2 is 100 at fees of 75.
    fund(74n);
    expect(topicOf(book, 1).active).toBe(false);
    fund(1n);
    expect(topicOf(book, 1)).toMatchObject({ active: true, weight: 50 });
    changeTopic(book, 1, { active: false, feeRevenueUallo: 74n });
    run(book, { kind: 'stake', ...toR, amountUallo: 100n });
    expect(topicOf(book, 1).active).toBe(true);
  });
});

describe('commands that are refused', () => {
  const amount = 10n;
  const cases: readonly (readonly [string, Command])[] = [
    ['VALUE_NOT_ALLOWED', { kind: 'transfer', from: 'r', to: 'r', amountUallo: amount }],
    ['VALUE_NOT_ALLOWED', { kind: 'transfer', from: 'r', to: 'd', amountUallo: 0n }],
    ['VALUE_NOT_ALLOWED', { kind: 'stake', ...toR, amountUallo: -amount }],
    ['VALUE_NOT_ALLOWED', { kind: 'delegate', holder: 'r', ...toR, amountUallo: amount }],
    ['VALUE_NOT_ALLOWED', { kind: 'remove-stake', holder: 'r', ...toR, amountUallo: -amount }],
    [
      'VALUE_NOT_ALLOWED',
      { kind: 'redelegate', holder: 'd', ...toR, toTopicId: 1, toReputer: 'r', amountUallo: 1n },
    ],
    [
      'VALUE_NOT_ALLOWED',
      { kind: 'redelegate', holder: 'r', ...toR, toTopicId: 2, toReputer: 'r2', amountUallo: 1n },
    ],
    ['VALUE_NOT_ALLOWED', { kind: 'slash', operator: OPERATOR, ...toR, partsPerMillion: 1_000_001 }],
    ['VALUE_NOT_ALLOWED', { kind: 'slash', operator: OPERATOR, ...toR, partsPerMillion: 1 }],
    ['INSUFFICIENT_BALANCE', { kind: 'transfer', from: 'r', to: 'd', amountUallo: HUGE }],
    ['INSUFFICIENT_BALANCE', { kind: 'stake', ...toR, amountUallo: HUGE }],
    ['INSUFFICIENT_BALANCE', { kind: 'faucet', to: 'd', amountUallo: HUGE }],
    ['INSUFFICIENT_BALANCE', { kind: 'topic-creation-fee', from: 'r' }],
    ['UNKNOWN_TOPIC', { kind: 'stake', topicId: 9, reputer: 'r', amountUallo: amount }],
    ['UNKNOWN_TOPIC', { kind: 'fund-topic', from: 'r', topicId: 9, amountUallo: amount }],
    ['UNKNOWN_TOPIC', { kind: 'registration-fee', from: 'r', topicId: 9, role: 'reputer' }],
    ['NO_SUCH_REPUTER', { kind: 'delegate', holder: 'd', topicId: 2, reputer: 'r', amountUallo: 1n }],
    ['NO_SUCH_REPUTER', { kind: 'slash', operator: OPERATOR, topicId: 2, reputer: 'r', partsPerMillion: 9 }],
    ['NO_REMOVAL', { kind: 'cancel-removal', holder: 'd', ...toR }],
    ['NO_REMOVAL', { kind: 'cancel-validator-removal', validator: 'v' }],
    ['NOTHING_TO_CLAIM', { kind: 'claim-delegation-rewards', holder: 'd', ...toR }],
    ['NOTHING_TO_CLAIM', { kind: 'claim-delegation-rewards', holder: 'r2', ...toR }],
    ['NOTHING_TO_CLAIM', { kind: 'claim-validator-rewards', validator: 'v' }],
    ['NOT_AN_OPERATOR', { kind: 'slash', operator: 'r', ...toR, partsPerMillion: 9 }],
  ];

  it.each(cases)('%s leaves the book as it was: %o', (code, command) => {
    const book = staked();
    const before = stateOf(copyOf(book));
    const transfers = book.transfers.length;
    expect(applyCommand(book, testRules, command, 'k')).toMatchObject({ accepted: false, code });
    expect(stateOf(book)).toEqual(before);
    expect(book.transfers).toHaveLength(transfers);
  });

  it('negative stake: more than is there cannot be removed, at once or bit by bit', () => {
    const book = staked();
    const remove = (holder: string, amountUallo: bigint) =>
      applyCommand(book, testRules, { kind: 'remove-stake', holder, ...toR, amountUallo }, `k:${holder}`);
    expect(remove('r', 1001n)).toMatchObject({ code: 'INSUFFICIENT_BALANCE', balanceUallo: 1000n });
    expect(remove('d', 501n)).toMatchObject({ code: 'INSUFFICIENT_BALANCE', balanceUallo: 500n });
    expect(remove('r', 600n)).toMatchObject({ accepted: true, dueHeight: 10 });
    expect(remove('r', 400n)).toMatchObject({ code: 'REMOVAL_PENDING', dueHeight: 10 });
    const again = { kind: 'redelegate', holder: 'd', ...toR, toTopicId: 2, toReputer: 'r2' } as const;
    run(book, { ...again, amountUallo: 500n });
    expect(applyCommand(book, testRules, { ...again, amountUallo: 1n }, 'k')).toMatchObject({
      code: 'INSUFFICIENT_BALANCE',
    });
    assertBook(book);
  });
});
