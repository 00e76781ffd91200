import { EpochOutcome, EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createAccount } from '@allora/identity/account';
import {
  delegatorRewardsAccount,
  participantAccount,
  stakeAccount,
  TREASURY,
} from '@allora/protocol/economy/accounts';
import { entitledUallo } from '@allora/protocol/explain/worked-tasks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { payEpoch } from '../epoch-payout';
import { epochRewardsOf } from '../proto';
import { rewardStateOf, type SettledState } from '../settled-epochs.store';
import { explainedRewards } from './explained-rewards';
import type { PastEpoch } from './past-epochs.store';

const ALLO = 10n ** 18n;
const params = TopicParams.fromPartial({ epsilon: 0.01, epochLengthBlocks: 10 });
const ids = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(2, '0')}`);

/** What the services would have stored of an epoch, fees kept back from some of its rewards. */
function settle(
  scores: EpochScores,
  state: SettledState,
  options: { weight?: number; blockEmissionUallo?: bigint; owed?: Readonly<Record<string, bigint>> } = {},
): PastEpoch {
  const entitled = {
    weight: options.weight ?? 1,
    totalWeight: 4,
    blockEmissionUallo: options.blockEmissionUallo ?? 4n * ALLO,
    epochLengthBlocks: 10,
    amountUallo: 0n,
  };
  const setAside = { ...entitled, amountUallo: entitledUallo(entitled) };
  const { amountUallo: emissionUallo } = setAside;
  const payout = payEpoch({ scores, state: rewardStateOf(state), emissionUallo });
  const moved = new Map<string, bigint>();
  const add = (account: string, amount: bigint): unknown =>
    amount !== 0n && moved.set(account, (moved.get(account) ?? 0n) + amount);
  const owed = new Map(Object.entries(options.owed ?? {}));
  for (const { role, participant, ...due } of payout.kind === 'paid' ? payout.payments : []) {
    const owes = owed.get(participant) ?? 0n;
    const kept = owes < due.amountUallo ? owes : due.amountUallo;
    owed.set(participant, owes - kept);
    add(
      role === 'reputer' ? stakeAccount(7, participant) : participantAccount(participant),
      due.amountUallo - kept,
    );
    add(delegatorRewardsAccount(7, participant), due.delegatorsUallo);
    add(TREASURY, kept);
  }
  const reason =
    payout.kind === 'undefined' ? { code: payout.reason.code, message: payout.reason.message } : null;
  return {
    settled: {
      result: payout.kind,
      scores,
      state: reason ? { ...state, reason } : state,
      rewards: epochRewardsOf(scores, payout, emissionUallo),
    },
    setAside,
    reservedUallo: emissionUallo,
    moved,
  };
}

const score = fc.double({ min: -5, max: 5, noNaN: true, noDefaultInfinity: true });
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const list = (numbers: fc.Arbitrary<number>) =>
  fc.array(numbers, { maxLength: 8 }).map((list): readonly number[] => list);
const participants = (prefix: string, max: number) =>
  fc
    .array(fc.option(score, { nil: undefined, freq: 6 }), { maxLength: max, size: 'max' })
    .map((scores) => ids(prefix, scores.length).map((participant, i) => ({ participant, score: scores[i] })));
const fractions = (prefix: string) =>
  fc.dictionary(fc.constantFrom(...ids(prefix, 10)), fraction, { maxKeys: 10 });

const epochs: fc.Arbitrary<PastEpoch> = fc
  .record({
    inferers: participants('a', 10),
    // Some of them are inferers as well.
    forecasters: fc.oneof(participants('a', 6), participants('f', 6)),
    reputers: fc.array(
      fc.tuple(
        fc.option(fc.double({ min: 0.1, max: 100, noNaN: true }), { nil: undefined, freq: 6 }),
        fc.bigInt(0n, 10n ** 26n),
        fraction,
      ),
      { maxLength: 6, size: 'max' },
    ),
    losses: fc.tuple(score, score),
    state: fc.record({
      scoreRatio: score,
      smoothedFractions: fc.record({
        inferer: fractions('a'),
        forecaster: fractions('f'),
        reputer: fractions('r'),
      }),
      scoreHistory: fc.record({
        inferer: fc.array(list(score), { maxLength: 3 }),
        forecaster: fc.array(list(score), { maxLength: 3 }),
      }),
    }),
    weight: fc.integer({ min: 0, max: 3_000 }).map((x) => x / 1000),
    blockEmissionUallo: fc.bigInt(1n, 10n ** 24n),
    owed: fc.dictionary(fc.constantFrom(...ids('a', 4), ...ids('r', 4)), fc.bigInt(0n, 10n ** 25n)),
    outcome: fc.oneof(
      { weight: 9, arbitrary: fc.constant(EpochOutcome.SCORED) },
      { weight: 1, arbitrary: fc.constant(EpochOutcome.NO_LOSSES) },
    ),
  })
  .map(({ reputers, losses, state, outcome, inferers, forecasters, ...options }) =>
    settle(
      EpochScores.fromPartial({
        ...{ topicId: 7, nonce: 100, params, inferers, forecasters, outcome },
        reputers: reputers.map(([reputerScore, stake, delegated], i) => ({
          reputer: `r${String(i).padStart(2, '0')}`,
          score: reputerScore,
          stakeUallo: stake.toString(),
          delegatedUallo: ((stake * BigInt(Math.floor(delegated * 1000))) / 1000n).toString(),
        })),
        ...{ combinedLoss: losses[0], naiveLoss: losses[1] },
      }),
      state,
      options,
    ),
  );

const everybody = ({ settled: { scores } }: PastEpoch): string[] => [
  ...new Set([
    ...scores.inferers.map(({ participant }) => participant),
    ...scores.forecasters.map(({ participant }) => participant),
    ...scores.reputers.map(({ reputer }) => reputer),
  ]),
];

describe('explainedRewards', () => {
  it('adds up to what the ledger paid to every address, over many epochs', () => {
    let paidAddresses = 0;
    fc.assert(
      fc.property(epochs, (past) => {
        for (const address of everybody(past)) {
          const explained = explainedRewards(past, address);
          const received =
            (past.moved.get(participantAccount(address)) ?? 0n) +
            (past.moved.get(stakeAccount(7, address)) ?? 0n);
          expect(BigInt(explained.paidUallo)).toBe(received);
          expect(BigInt(explained.delegatorsUallo)).toBe(
            past.moved.get(delegatorRewardsAccount(7, address)) ?? 0n,
          );
          for (const role of explained.roles) {
            if (role.steps.at(-1)!.name === 'paid') expect(role.steps.at(-1)!.value).toBe(role.paidUallo);
            expect(role.unpaid === null).toBe(BigInt(role.paidUallo) + BigInt(role.withheldUallo) > 0n);
          }
          if (received > 0n) paidAddresses += 1;
          expect(JSON.stringify(explained)).not.toMatch(/NaN|Infinity/);
        }
      }),
      // About three addresses a history are paid: far from the bound below, whatever is drawn.
      { numRuns: 360 },
    );
    expect(paidAddresses).toBeGreaterThan(300);
  });

  const scored = (more: Partial<EpochScores> = {}) =>
    EpochScores.fromPartial({
      ...{ topicId: 7, nonce: 100, params, outcome: EpochOutcome.SCORED, combinedLoss: -1, naiveLoss: -0.9 },
      inferers: [{ participant: 'a', score: 0.4 }, { participant: 'b', score: -0.2 }, { participant: 'c' }],
      forecasters: [
        { participant: 'a', score: 0.1 },
        { participant: 'k', score: 0.3 },
      ],
      reputers: [
        {
          reputer: 'r',
          score: 20,
          stakeUallo: (40n * ALLO).toString(),
          delegatedUallo: (10n * ALLO).toString(),
        },
        { reputer: 's', score: 25, stakeUallo: (10n * ALLO).toString(), delegatedUallo: '0' },
        { reputer: 't', stakeUallo: (10n * ALLO).toString(), delegatedUallo: '0' },
      ],
      ...more,
    });
  const state: SettledState = {
    scoreRatio: 0.3,
    smoothedFractions: {
      inferer: { a: 0.6, b: 0.4 },
      forecaster: { a: 0.5, k: 0.5 },
      reputer: { r: 0.7, s: 0.3 },
    },
    scoreHistory: { inferer: [[0.2, -0.4]], forecaster: [[0.5, 0.1]] },
  };

  it('shows each role of an address step by step', () => {
    const { roles, ...explained } = explainedRewards(settle(scored(), state, { owed: { a: 12n } }), 'a');
    expect(explained).toMatchObject({
      result: 'paid',
      emissionUallo: (10n * ALLO).toString(),
      withheldUallo: '12',
    });
    expect(roles.map(({ role }) => role)).toEqual(['inferer', 'forecaster']);
    expect(roles[0]!.steps.map(({ name }) => name)).toEqual([
      ...['score', 'score_window', 'spread', 'potential', 'sum_of_potentials', 'fraction'],
      ...['smoothed', 'smoothed_fraction', 'effective_number', 'entropy'],
      ...['forecasting_score', 'best_inferer_score', 'score_ratio', 'chi', 'gamma'],
      ...['topic_share', 'entitled', 'set_aside', 'task_reward', 'gross', 'truncated', 'paid'],
    ]);
    const [reputer] = explainedRewards(settle(scored(), state), 'r').roles;
    expect(reputer!.steps.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['stake', 'delegators', 'kept']),
    );
    expect(BigInt(reputer!.delegatorsUallo)).toBeGreaterThan(0n);
  });

  const unpaidOf = (past: PastEpoch, address: string) =>
    explainedRewards(past, address).roles.map(({ unpaid }) => unpaid?.code ?? null);

  it('says why nothing was paid', () => {
    const past = settle(scored(), state);
    expect(unpaidOf(past, 'c')).toEqual(['NO_SCORE']);
    expect(unpaidOf(past, 't')).toEqual(['NO_SCORE']);
    expect(unpaidOf(settle(scored(), state, { weight: 0 }), 'a')).toEqual([
      'NOTHING_SET_ASIDE',
      'NOTHING_SET_ASIDE',
    ]);
    expect(unpaidOf(settle(scored({ outcome: EpochOutcome.NO_LOSSES }), state), 'r')).toEqual([
      'EPOCH_EMPTY',
    ]);
    expect(unpaidOf(settle(scored({ inferers: [] }), state), 'r')).toEqual(['EPOCH_UNDEFINED']);
    const finding = { reputer: 'u', reason: 'STAKE_BELOW_MINIMUM', dropped: [], droppedCount: 0 };
    const refused = settle(
      scored({ findings: [{ ...finding, rank: undefined, emaScore: undefined }] }),
      state,
    );
    expect(unpaidOf(refused, 'u')).toEqual(['BUNDLE_NOT_COUNTED']);
  });

  it('knows nobody who took no part', () => {
    expect(() => explainedRewards(settle(scored(), state), createAccount().address)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_PARTICIPANT' }),
    );
  });

  it('notices each stored number that was changed', () => {
    const past = settle(scored(), state);
    const { settled, setAside } = past;
    const { scores, rewards } = settled;
    const withScores = (change: Partial<EpochScores>): PastEpoch => ({
      ...past,
      settled: { ...settled, scores: { ...scores, ...change } },
    });
    const withState = (change: Partial<SettledState>): PastEpoch => ({
      ...past,
      settled: { ...settled, state: { ...state, ...change } },
    });
    const [first, ...others] = scores.inferers;
    const [reputer, ...otherReputers] = scores.reputers;
    const nudge = (x: number): number => x * (1 + 1e-9);
    const changed: Readonly<Record<string, PastEpoch>> = {
      score: withScores({ inferers: [{ ...first!, score: nudge(first!.score!) }, ...others] }),
      stake: withScores({
        reputers: [{ ...reputer!, stakeUallo: '40000000000000000001000' }, ...otherReputers],
      }),
      delegated: withScores({ reputers: [{ ...reputer!, delegatedUallo: '9' }, ...otherReputers] }),
      combinedLoss: withScores({ combinedLoss: nudge(scores.combinedLoss) }),
      epsilon: withScores({ params: { ...params, epsilon: 0.0100001 } }),
      scoreRatio: withState({ scoreRatio: nudge(state.scoreRatio) }),
      fraction: withState({
        smoothedFractions: { ...state.smoothedFractions, inferer: { a: 0.6, b: 0.41 } },
      }),
      history: withState({ scoreHistory: { ...state.scoreHistory, forecaster: [[0.5, 0.11]] } }),
      amount: { ...past, setAside: { ...setAside, amountUallo: setAside.amountUallo - 1n } },
      weight: { ...past, setAside: { ...setAside, weight: setAside.weight * 0.999 } },
      blockEmission: {
        ...past,
        setAside: { ...setAside, blockEmissionUallo: setAside.blockEmissionUallo - 1n },
      },
      result: { ...past, settled: { ...settled, result: 'empty' } },
      chi: { ...past, settled: { ...settled, rewards: { ...rewards, chi: 0.3 } } },
      payment: {
        ...past,
        settled: { ...settled, rewards: { ...rewards, payments: rewards.payments.toSpliced(0, 1) } },
      },
      ledger: { ...past, moved: new Map([...past.moved, [participantAccount('a'), 1n]]) },
      delegators: { ...past, moved: new Map([...past.moved, [delegatorRewardsAccount(7, 'r'), 1n]]) },
    };
    for (const [name, tampered] of Object.entries(changed))
      for (const address of ['a', 'r'])
        expect(() => explainedRewards(tampered, address), name).toThrow(/add up/);
    expect(() => explainedRewards(past, 'a')).not.toThrow();
  });
});
