import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_PARAMS } from '../params';
import { type EpochToPay, payScores, rewardInputOf, type RewardState } from './epoch-payout';

const newTopic: RewardState = {
  scoreRatio: 0,
  smoothedFractions: { inferer: new Map(), forecaster: new Map(), reputer: new Map() },
  scoreHistory: { inferer: [], forecaster: [] },
};
const ALLO = 10n ** 18n;

const score = fc.double({ min: -2, max: 2, noNaN: true });
const workers = (prefix: string, minLength: number) =>
  fc
    .array(score, { minLength, maxLength: 4 })
    .map((scores) => scores.map((one, i) => ({ participant: `${prefix}${i}`, score: one })));
const reputers = fc
  .array(
    fc.record({ score: fc.double({ min: 0.1, max: 2, noNaN: true }), own: fc.nat(1_000), more: fc.nat(99) }),
    {
      minLength: 2,
      maxLength: 4,
    },
  )
  .map((list) =>
    list.map(({ score: one, own, more }, i) => ({
      ...{ participant: `r${i}`, score: one, delegatedUallo: BigInt(more) * ALLO },
      stakeUallo: BigInt(1 + own + more) * ALLO,
    })),
  );
const epochs: fc.Arbitrary<EpochToPay> = fc
  .tuple(workers('i', 1), workers('f', 0), reputers, fc.bigInt({ min: 0n, max: 10n ** 24n }))
  .map(([inferers, forecasters, judges, emissionUallo]) => ({
    ...{ state: newTopic, emissionUallo },
    scores: { inferers, forecasters, reputers: judges, combinedLoss: -1, naiveLoss: -0.5 },
  }));

describe('payments of an epoch', () => {
  it('never exceed what was set aside, and name nobody for nothing', () => {
    fc.assert(
      fc.property(epochs, (epoch) => {
        const payout = payScores(epoch, DEFAULT_PARAMS);
        if (payout.kind === 'undefined') return;
        const sums = payout.payments.map((one) => one.amountUallo + one.delegatorsUallo);
        expect(sums.every((sum) => sum > 0n)).toBe(true);
        const total = sums.reduce((sum, one) => sum + one, payout.dustUallo);
        expect(total <= epoch.emissionUallo && payout.dustUallo >= 0n).toBe(true);
      }),
    );
  });

  it('have no answer where the formulas have none', () => {
    const lone = { participant: 'r0', score: 1, stakeUallo: 0n, delegatedUallo: 0n };
    const scores = { inferers: [], forecasters: [], reputers: [lone], combinedLoss: 0, naiveLoss: 0 };
    const payout = payScores({ scores, state: newTopic, emissionUallo: ALLO }, DEFAULT_PARAMS);
    expect(payout).toMatchObject({ kind: 'undefined' });
  });

  it('are computed from the own scores before the earlier ones, and from the fractions of the same participants', () => {
    const [a, b] = [
      { participant: 'a', score: 0.1 },
      { participant: 'b', score: 0.2 },
    ];
    const state: RewardState = {
      ...newTopic,
      smoothedFractions: { ...newTopic.smoothedFractions, inferer: new Map([['b', 0.7]]) },
      scoreHistory: { inferer: [[0.3]], forecaster: [[0.4]] },
    };
    const scores = { inferers: [a, b], forecasters: [], reputers: [], combinedLoss: 0, naiveLoss: 0 };
    expect(rewardInputOf({ scores, state, emissionUallo: 7n })).toMatchObject({
      ...{ inferers: ['a', 'b'], infererScoreHistory: [[0.1, 0.2], [0.3]], topicReward: 7 },
      // Without scores of the role there is no list of this epoch.
      ...{ forecasterScoreHistory: [[0.4]], previousInfererFractions: [null, 0.7] },
    });
  });
});
