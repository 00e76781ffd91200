import { EpochRewards, RewardRole } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { describe, expect, it } from 'vitest';
import { checkDelays, checkEpoch } from './check-epoch';
import type { EpochState, LedgerTransfer, Told } from './epoch-state';

const told = (nonce: number, atMs = 1_000, digest = `d${nonce}`): Told => ({
  topicId: 1,
  nonce,
  atMs,
  digest,
});
const both = [told(1), told(11)];

const paid: LedgerTransfer = {
  key: 'epoch-rewards:1:1',
  kind: 'epoch-rewards',
  lines: [
    { account: 'epoch-rewards', amountUallo: -110n },
    { account: 'participant:ann', amountUallo: 60n },
    { account: 'stake:1:rob', amountUallo: 30n },
    { account: 'delegator-rewards:1:rob', amountUallo: 9n },
    { account: 'dust', amountUallo: 1n },
    { account: 'rewards-pool', amountUallo: 10n },
  ],
};

const issued: LedgerTransfer = {
  key: 'block-emission:1:10',
  kind: 'block-emission',
  lines: [
    { account: 'mint', amountUallo: -110n },
    { account: 'epoch-rewards', amountUallo: 110n },
  ],
};

const good: EpochState = {
  closed: both,
  told: {
    ...{ inference: both, losses: both, scores: both, rewards: both },
    ...{ stake_snapshot: both, loss_set: both },
  },
  rewards: [
    EpochRewards.fromPartial({
      ...{ topicId: 1, nonce: 1, emissionUallo: '110', dustUallo: '1' },
      payments: [
        { participant: 'ann', role: RewardRole.INFERER, amountUallo: '60' },
        { participant: 'rob', role: RewardRole.REPUTER, amountUallo: '30', delegatorsUallo: '9' },
      ],
    }),
    EpochRewards.fromPartial({ topicId: 1, nonce: 11, emissionUallo: '0', dustUallo: '0' }),
  ],
  transfers: [issued, paid],
  balances: new Map([
    ['mint', -110n],
    ['epoch-rewards', 0n],
    ['rewards-pool', 10n],
    ['participant:ann', 60n],
    ['stake:1:rob', 30n],
    ['delegator-rewards:1:rob', 9n],
    ['dust', 1n],
  ]),
  supply: { mintedUallo: 110n, heldUallo: 110n },
  reads: [{ topicId: 1, nonce: 1, part: 'inference', digest: 'd1' }],
};

const rulesOf = (change: Partial<EpochState>): string[] =>
  [...new Set(checkEpoch({ ...good, ...change }).map(({ rule }) => rule))].sort();

describe('the check of epochs', () => {
  it('finds nothing wrong with a run in which nothing was', () => {
    expect(checkEpoch(good)).toEqual([]);
  });

  it.each<[string, Partial<EpochState>, string[]]>([
    ['an epoch that was never paid', { told: { ...good.told, rewards: [told(1)] } }, ['EPOCH_LOST']],
    ['an epoch told twice', { told: { ...good.told, scores: [told(1), told(1), told(11)] } }, ['TOLD_TWICE']],
    ['epochs out of order', { told: { ...good.told, losses: [told(11), told(1)] } }, ['OUT_OF_ORDER']],
    [
      'an epoch paid twice',
      {
        transfers: [issued, issued, paid, paid],
        balances: new Map([...good.balances].map(([name, amount]) => [name, 2n * amount] as const)),
        supply: { mintedUallo: 220n, heldUallo: 220n },
      },
      ['PAID_TWICE'],
    ],
    [
      'an epoch that was told paid and was not',
      { transfers: [], balances: new Map(), supply: { mintedUallo: 0n, heldUallo: 0n } },
      ['NOT_PAID'],
    ],
    ['a payment that nobody told', { rewards: good.rewards.slice(1) }, ['PAID_UNTOLD']],
    [
      'a record that pays others than the ledger',
      {
        rewards: [
          { ...good.rewards[0]!, payments: [{ ...good.rewards[0]!.payments[0]!, amountUallo: '99' }] },
          good.rewards[1]!,
        ],
      },
      ['PAYMENT_DIFFERS'],
    ],
    [
      'money out of nothing',
      { balances: new Map([...good.balances, ['participant:ann', 61n]]) },
      ['MISSTATED', 'UNBALANCED'],
    ],
    ['a supply that is not the mint', { supply: { mintedUallo: 100n, heldUallo: 99n } }, ['UNBALANCED']],
    [
      'an answer that is not what stands',
      { reads: [{ topicId: 1, nonce: 1, part: 'inference', digest: 'other' }] },
      ['ANSWER_DIFFERS'],
    ],
  ])('finds %s', (_, change, rules) => {
    expect(rulesOf(change)).toEqual(rules);
  });
});

describe('the check of delays', () => {
  const poisoned = { topicId: 9, fromMs: 500, toMs: 2_000, epochMs: 800 };
  const rewards = (atMs: number) => ({ ...good.told, rewards: [told(1, atMs), told(11, atMs)] });

  it('lets an epoch be late by less than an epoch', () => {
    expect(checkDelays({ closed: both, told: rewards(1_700) }, poisoned)).toEqual([]);
  });

  it('finds one that a poisoned topic held up', () => {
    const found = checkDelays({ closed: both, told: rewards(1_900) }, poisoned);
    expect(found.map(({ rule }) => rule)).toEqual(['DELAYED_BY_POISON', 'DELAYED_BY_POISON']);
  });

  it('does not look at the poisoned topic itself, nor at other times', () => {
    expect(checkDelays({ closed: both, told: rewards(9_000) }, { ...poisoned, topicId: 1 })).toEqual([]);
    expect(checkDelays({ closed: both, told: rewards(9_000) }, { ...poisoned, toMs: 600 })).toEqual([]);
  });
});
