import { EpochScores, NetworkLosses } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { EpochRewards } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import { TRUST_THRESHOLDS } from '@allora/protocol/trust/trust';
import { describe, expect, it } from 'vitest';
import {
  epochEvent,
  epochRewards,
  epochScores,
  networkInference,
  networkLosses,
  noInference,
} from '../test/fixtures';
import { epochView } from './epoch-view';
import {
  type InferenceMoment,
  inferenceView,
  latestInferenceBody,
  latestInferenceEtag,
} from './inference-view';
import { type EpochFacts, furthestKind } from './proto';

const facts: EpochFacts = {
  phases: {
    worker_window_opened: epochEvent(1, 100, EpochPhase.WORKER_WINDOW_OPENED),
    worker_window_closed: epochEvent(1, 100, EpochPhase.WORKER_WINDOW_CLOSED),
  },
  inference: networkInference(1, 100),
  inferenceMs: 1_700_000_105_250,
  losses: networkLosses(1, 100),
  scores: epochScores(1, 100),
  rewards: epochRewards(1, 100),
};

const json = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('epochView', () => {
  it('can be read back as the messages it came from', () => {
    const view = json(epochView(1, 100, facts));
    expect(NetworkInference.fromJSON(view.inference)).toEqual(facts.inference);
    expect(NetworkLosses.fromJSON(view.losses)).toEqual(facts.losses);
    expect(EpochScores.fromJSON(view.scores)).toEqual(facts.scores);
    expect(EpochRewards.fromJSON(view.rewards)).toEqual(facts.rewards);
  });

  it('says how far the epoch is, when and at which heights', () => {
    expect(json(epochView(1, 100, facts))).toMatchObject({
      topicId: 1,
      nonce: 100,
      status: 'rewards',
      phases: {
        workerWindowOpened: { height: 100, closesHeight: 105, atMs: 1_700_000_100_000 },
        workerWindowClosed: { height: 105, atMs: 1_700_000_105_000 },
        reputerWindowOpened: null,
        reputerWindowClosed: null,
      },
      times: { workerWindowOpenedMs: 1_700_000_100_000, inferenceMs: 1_700_000_105_250 },
      params: { epochLengthBlocks: 10 },
    });
  });

  it('shows null for what is not known', () => {
    expect(json(epochView(1, 100, { phases: {} }))).toMatchObject({
      status: null,
      inference: null,
      losses: null,
      scores: null,
      rewards: null,
    });
  });

  it('keeps zeros, and tells a passive participant from one that scored zero', () => {
    const { scores } = json(epochView(1, 100, facts));
    expect(scores.inferers[1]).toEqual({ participant: 'i9', score: null, emaScore: -0.5 });
    expect(
      json(epochView(1, 100, { ...facts, scores: epochScores(1, 100, { score: 0 }) })).scores.inferers[0],
    ).toEqual({
      participant: 'i0',
      score: 0,
      emaScore: 0.25,
    });
  });
});

const moment = {
  nowMs: (facts.inferenceMs ?? 0) + 2_500,
  latestNonce: 100,
  thresholds: TRUST_THRESHOLDS,
};

describe('latestInferenceBody', () => {
  it('gives the answer, its interval and its weights', () => {
    const body = JSON.parse(latestInferenceBody(networkInference(1, 100), facts, moment));
    expect(body).toMatchObject({
      topicId: 1,
      nonce: 100,
      mode: 'INFERENCE_MODE_WEIGHTED',
      combined: 101.5,
      naive: 100.25,
      interval68: [99, 101],
      interval95: [98, 102],
      heights: { workerWindowOpened: 100, workerWindowClosed: 105 },
    });
    expect(body.confidenceInterval[0]).toEqual({ percentile: 2.28, value: 98 });
    expect(body.inferers[1]).toEqual({ inferer: 'i1', value: '101.50', weight: 2, share: 0.2, regret: 0 });
    expect(body.effectiveWorkers).toBeCloseTo(100 / 22, 12);
    expect(body).not.toHaveProperty('forecasts');
    expect(NetworkInference.fromJSON(body)).toMatchObject({ nonce: 100, oneOutInferer: [101, 101.1, 101.2] });
  });

  it('tells how much it is worth at the moment, under a tag that does not hang on the second', () => {
    const trustAt = (later: Partial<InferenceMoment>) =>
      JSON.parse(latestInferenceBody(networkInference(1, 100), facts, { ...moment, ...later })).trust;
    const tagAt = (later: Partial<InferenceMoment>) =>
      latestInferenceEtag(networkInference(1, 100), facts, { ...moment, ...later });
    expect(trustAt({})).toMatchObject({ status: 'fresh', reasons: [], ageSeconds: 2, epochsBehind: 0 });
    expect(trustAt({ latestNonce: 120 })).toMatchObject({
      status: 'stale',
      epochsBehind: 2,
      reasons: [{ code: 'EPOCHS_BEHIND' }],
    });
    expect(tagAt({ nowMs: moment.nowMs + 30_000 })).toBe(tagAt({}));
    expect(tagAt({ latestNonce: 120 })).not.toBe(tagAt({}));
  });

  it('leaves an outlier out of the resistant value', () => {
    const inference = networkInference(1, 100);
    const [first, ...others] = inference.inferers;
    const shifted = { ...inference, inferers: [{ ...first!, value: '1e9' }, ...others] };
    expect(inferenceView(shifted)).toMatchObject({ outliers: [{ worker: 'i0', role: 'inferer' }] });
    expect(inferenceView(shifted).outlierResistant).toBeLessThan(110);
    expect(inferenceView(inference).outliers).toEqual([]);
  });

  it('has no value where nobody answered', () => {
    expect(inferenceView(noInference(1, 100))).toMatchObject({
      mode: 'INFERENCE_MODE_NONE',
      combined: null,
      naive: null,
      confidenceInterval: [],
      interval95: null,
      effectiveWorkers: 0,
    });
  });
});

describe('furthestKind', () => {
  it('goes by the order of an epoch, not by that of arrival', () => {
    expect(furthestKind(['inference', 'worker_window_opened'])).toBe('inference');
    expect(furthestKind(['scores', 'reputer_window_closed'])).toBe('scores');
    expect(furthestKind([])).toBeNull();
  });
});
