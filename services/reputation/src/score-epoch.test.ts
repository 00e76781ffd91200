import {
  EpochOutcome,
  EpochScores,
  NetworkLosses,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { LossSubmission } from '@allora/contracts/gen/allora/signing/v1/signing';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { lossOfTruth } from '@allora/protocol/explain/recovered-truth';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EpochToScore, scoreEpoch, type Standing } from './score-epoch';

const params = TopicParams.fromPartial({
  pNorm: 3,
  epsilon: 0.01,
  meritSortitionAlpha: 0.1,
  activeInfererQuantile: 0.2,
  activeForecasterQuantile: 0.2,
  activeReputerQuantile: 0.2,
  maxActiveReputers: 3,
});
const inference = NetworkInference.fromPartial({
  topicId: 7,
  nonce: 100,
  mode: InferenceMode.WEIGHTED,
  inferers: ['a', 'b', 'c'].map((inferer) => ({ inferer })),
  forecasters: [{ forecaster: 'k' }, { forecaster: 'l' }],
  oneOutInferer: [1, 2, 3],
  oneOutForecaster: [1, 2],
  oneInForecaster: [1, 2],
  oneOutInfererForecastImplied: [{ values: [1, 2] }, { values: [1, 2] }, { values: [1, 2] }],
  params,
});
const nobody: Standing = {
  infererEma: new Map(),
  forecasterEma: new Map(),
  reputerEma: new Map(),
  listeningCoefficients: new Map(),
  quantiles: { inferer: null, forecaster: null, reputer: null },
};
const texts = (losses: Readonly<Record<string, number>>) =>
  Object.entries(losses).map(([worker, value]) => ({ worker, value: String(value) }));

function bundleOf(reputer: string, shift = 0, more: Partial<LossSubmission> = {}): LossSubmission {
  return LossSubmission.fromPartial({
    topicId: 7,
    nonce: 100,
    reputer,
    combined: String(-1 + shift),
    naive: String(-0.8 + shift),
    inferers: texts({ a: -0.9 + shift, b: -0.5 + shift, c: 0.1 + shift }),
    forecasters: texts({ k: -0.7 + shift, l: -0.2 + shift }),
    oneOutInferers: texts({ a: -0.6 + shift, b: -0.95 + shift, c: -1.1 + shift }),
    oneOutForecasters: texts({ k: -0.7 + shift, l: -1.05 + shift }),
    oneInForecasters: texts({ k: -0.9 + shift, l: -0.75 + shift }),
    oneOutInfererForecasters: [
      { forecaster: 'k', oneOutInferers: texts({ a: -0.3 + shift, b: 0.2, c: 0.4 }) },
    ],
    ...more,
  });
}

function epochOf(submissions: LossSubmission[], of = inference): EpochToScore {
  return {
    losses: { topicId: 7, nonce: 100, settledNonce: 90, params, submissions },
    inference: of,
    stakes: ['r1', 'r2', 'r3', 'r4'].map((reputer, i) => ({
      reputer,
      stakeUallo: `${i + 1}000000000000000000`,
      delegatedUallo: '0',
    })),
    minimumStakeUallo: '10000',
  };
}

describe('scoreEpoch', () => {
  it('scores everyone of an epoch', () => {
    const { losses, scores, quantiles, refusals } = scoreEpoch(
      epochOf([bundleOf('r1'), bundleOf('r2', 0.1)]),
      nobody,
    );
    expect(refusals).toEqual([]);
    expect(losses).toMatchObject({ topicId: 7, nonce: 100, settledNonce: 90, outcome: EpochOutcome.SCORED });
    expect(losses.losses!.combined).toBeCloseTo((1 * -1 + 2 * -0.9) / 3, 12);
    expect(scores.combinedLoss).toBe(losses.losses!.combined);
    expect(scores.inferers.map(({ participant }) => participant)).toEqual(['a', 'b', 'c']);
    expect(scores.inferers[0]!.score).toBeCloseTo(0.4, 12);
    expect(scores.inferers[0]!.emaScore).toBe(scores.inferers[0]!.score);
    expect(scores.forecasters.map(({ score }) => typeof score)).toEqual(['number', 'number']);
    expect(scores.reputers.map(({ reputer, stakeUallo }) => [reputer, stakeUallo])).toEqual([
      ['r1', '1000000000000000000'],
      ['r2', '2000000000000000000'],
    ]);
    expect(quantiles.inferer).not.toBeNull();
  });

  it('scores shadows by the truth of each reputer, and the others as if there were none, to the bit', () => {
    const values = { a: 100, b: 102, c: 107 };
    const valued = {
      ...{ ...inference, combined: 101.5, forecasters: [], forecasts: [] },
      inferers: Object.entries(values).map(([inferer, value]) => ({ inferer, value: `${value}`, regret: 0 })),
    };
    const shadow = { regret: 0, weight: undefined, combinedWith: 102.25 };
    const besideShadows = {
      ...valued,
      shadowInferers: [{ ...shadow, inferer: 'bb', value: '102.75' }],
      shadowForecasters: [{ ...shadow, forecaster: 'bb', forecastImplied: 101, weight: 1 }],
    };
    const truths = { r1: 103, r2: 104 };
    const submissions = Object.entries(truths).map(([reputer, truth]) => {
      const loss = (value: number) => lossOfTruth(truth, value);
      const inferers = { a: loss(values.a), b: loss(values.b), c: loss(values.c) };
      return bundleOf(reputer, 0, { combined: String(loss(101.5)), inferers: texts(inferers) });
    });
    const alone = scoreEpoch(epochOf(submissions, valued), nobody);
    const beside = scoreEpoch(epochOf(submissions, besideShadows), nobody);
    const { shadowInferers, shadowForecasters, ...losses } = beside.losses;
    expect({ ...beside, losses: NetworkLosses.fromPartial(losses) }).toEqual(alone);
    const mean = (value: number) => (lossOfTruth(103, value) + 2 * lossOfTruth(104, value)) / 3;
    for (const [[told], own] of [
      [shadowInferers, 102.75],
      [shadowForecasters, 101],
    ] as const) {
      expect(told).toMatchObject({ worker: 'bb', combined: losses.losses!.combined });
      expect(told!.loss).toBeCloseTo(mean(own), 6);
      expect(told!.contribution).toBeCloseTo(mean(101.5) - mean(102.25), 6);
    }
  });

  it('is the same to the bit in whatever order bundles stand', () => {
    const bundles = [bundleOf('r1'), bundleOf('r2', 0.3), bundleOf('r3', -0.17)];
    const encode = (submissions: LossSubmission[]) =>
      EpochScores.encode(scoreEpoch(epochOf(submissions), nobody).scores).finish();
    const expected = encode(bundles);
    fc.assert(
      fc.property(fc.shuffledSubarray(bundles, { minLength: 3 }), (shuffled) => {
        expect(encode(shuffled)).toEqual(expected);
      }),
    );
  });

  it('gives an epoch without inferences its outcome', () => {
    const none = NetworkInference.fromPartial({ topicId: 7, nonce: 100, mode: InferenceMode.NONE, params });
    const { losses, scores } = scoreEpoch(epochOf([bundleOf('r1')], none), nobody);
    expect(losses.outcome).toBe(EpochOutcome.NO_INFERENCES);
    expect(losses.losses).toBeUndefined();
    expect(scores.outcome).toBe(EpochOutcome.NO_INFERENCES);
  });

  it('gives an epoch without a bundle that counts its outcome and keeps EMA scores', () => {
    const standing = { ...nobody, infererEma: new Map([['a', 0.5]]) };
    const unstaked = bundleOf('stranger');
    const unreadable = bundleOf('r1', 0, { combined: '1e999' });
    const { scores, quantiles } = scoreEpoch(epochOf([unstaked, unreadable]), standing);
    expect(scores.outcome).toBe(EpochOutcome.NO_LOSSES);
    expect(scores.findings).toMatchObject([
      { reputer: 'r1', reason: 'NOT_FINITE' },
      { reputer: 'stranger', reason: 'STAKE_BELOW_MINIMUM' },
    ]);
    expect(scores.inferers).toEqual([
      { participant: 'a', score: undefined, emaScore: 0.5 },
      { participant: 'b', score: undefined, emaScore: undefined },
      { participant: 'c', score: undefined, emaScore: undefined },
    ]);
    expect(quantiles).toEqual(nobody.quantiles);
  });

  it('drops entries of unknown workers and repeats, and says so', () => {
    const strange = bundleOf('r1', 0, {
      inferers: [...texts({ a: 0.25, z: 9 }), ...texts({ a: 7, b: 0.5, c: 0.75 })],
    });
    const { losses, scores } = scoreEpoch(epochOf([strange]), nobody);
    expect(scores.findings).toEqual([
      {
        reputer: 'r1',
        reason: '',
        rank: undefined,
        emaScore: undefined,
        dropped: [
          { field: 'inferers', worker: 'a', reason: 'REPEATED_WORKER' },
          { field: 'inferers', worker: 'z', reason: 'UNKNOWN_WORKER' },
        ],
        droppedCount: 2,
      },
    ]);
    expect(losses.losses!.inferers).toEqual([
      { worker: 'a', loss: 0.25 },
      { worker: 'b', loss: 0.5 },
      { worker: 'c', loss: 0.75 },
    ]);
  });

  it('drops losses of values the epoch did not have', () => {
    const median = NetworkInference.fromPartial({
      ...inference,
      mode: InferenceMode.MEDIAN,
      forecasters: [],
      oneOutInferer: [],
      oneOutForecaster: [],
      oneInForecaster: [],
      oneOutInfererForecastImplied: [],
    });
    const { losses, scores } = scoreEpoch(epochOf([bundleOf('r1')], median), nobody);
    expect(losses.losses).toMatchObject({
      forecasters: [],
      oneOutInferers: [],
      oneOutForecasters: [],
      oneInForecasters: [],
      oneOutInfererForecasters: [],
    });
    expect(scores.inferers.map(({ score }) => score)).toEqual([undefined, undefined, undefined]);
    expect(scores.reputers[0]!.score).toBe(100);
  });

  it('scores a lone inferer 0 and leaves its EMA score and the quantile alone', () => {
    const single = NetworkInference.fromPartial({
      topicId: 7,
      nonce: 100,
      mode: InferenceMode.SINGLE,
      inferers: [{ inferer: 'a' }],
      params,
    });
    const standing: Standing = {
      ...nobody,
      infererEma: new Map([['a', 0.5]]),
      quantiles: { inferer: 0.25, forecaster: null, reputer: null },
    };
    const { losses, scores, quantiles } = scoreEpoch(epochOf([bundleOf('r1')], single), standing);
    expect(losses.losses).toMatchObject({ inferers: [{ worker: 'a', loss: -0.9 }], oneOutInferers: [] });
    expect(scores.inferers).toEqual([{ participant: 'a', score: 0, emaScore: 0.5 }]);
    expect(quantiles.inferer).toBe(0.25);
  });

  it('takes the reputers of the highest EMA scores and moves the others toward the stored quantile', () => {
    const standing: Standing = {
      ...nobody,
      reputerEma: new Map([
        ['r1', 5],
        ['r2', 10],
        ['r3', 20],
        ['r4', 30],
      ]),
      quantiles: { ...nobody.quantiles, reputer: 15 },
    };
    const bundles = ['r1', 'r2', 'r3', 'r4'].map((reputer, i) => bundleOf(reputer, i / 10));
    const { scores } = scoreEpoch(epochOf(bundles), standing);
    expect(scores.findings).toEqual([
      { reputer: 'r1', reason: 'NOT_ACTIVE', rank: 4, emaScore: 5, dropped: [], droppedCount: 0 },
    ]);
    expect(scores.reputers[0]).toMatchObject({
      reputer: 'r1',
      emaScore: 0.1 * 15 + 0.9 * 5,
      listeningCoefficient: 1,
    });
    expect(scores.reputers[0]!.score).toBeUndefined();
    expect(scores.reputers.slice(1).every(({ score }) => score !== undefined)).toBe(true);
  });

  it('moves passive workers toward the quantile stored before this epoch, also when nothing is scored', () => {
    const withPassive = NetworkInference.fromPartial({
      ...inference,
      passiveInferers: [{ worker: 'bb', emaScore: 0, rank: 4 }],
      passiveForecasters: [{ worker: 'm', emaScore: 1, rank: 3 }],
    });
    const standing: Standing = {
      ...nobody,
      forecasterEma: new Map([['m', 1]]),
      quantiles: { inferer: 0.4, forecaster: 2, reputer: null },
    };
    for (const bundles of [[bundleOf('r1')], []]) {
      const { scores } = scoreEpoch(epochOf(bundles, withPassive), standing);
      expect(scores.inferers.map(({ participant }) => participant)).toEqual(['a', 'b', 'bb', 'c']);
      expect(scores.inferers[2]).toEqual({ participant: 'bb', score: undefined, emaScore: 0.4 });
      expect(scores.forecasters.at(-1)!.emaScore).toBeCloseTo(0.1 * 2 + 0.9 * 1, 12);
    }
  });

  it('does not let a reputer that nobody listens to stop an epoch with entries of its own', () => {
    const alone = { oneOutForecasters: [], oneInForecasters: [] };
    const bundles = [bundleOf('r1'), bundleOf('r2', 0.1, alone), bundleOf('r3', 0.2, alone)];
    const standing = { ...nobody, listeningCoefficients: new Map([['r1', 0]]) };
    const { losses, scores, refusals } = scoreEpoch(epochOf(bundles), standing);
    expect(refusals.map(({ code }) => code)).toEqual(['CONSENSUS_UNDEFINED']);
    expect(scores.outcome).toBe(EpochOutcome.SCORED);
    expect(losses.losses!.oneOutForecasters).toEqual([]);
    expect(losses.losses!.oneOutInferers).toHaveLength(3);
  });

  it('settles an epoch that has no consensus at all as one without losses', () => {
    const standing = { ...nobody, listeningCoefficients: new Map([['r1', 0]]) };
    const { scores, refusals } = scoreEpoch(epochOf([bundleOf('r1')]), standing);
    expect(refusals).toHaveLength(2);
    expect(scores.outcome).toBe(EpochOutcome.NO_LOSSES);
    expect(scores.reputers[0]).toMatchObject({ reputer: 'r1', listeningCoefficient: 0 });
  });
});
