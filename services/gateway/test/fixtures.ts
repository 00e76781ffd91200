import {
  EpochOutcome,
  EpochScores,
  NetworkLosses,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { EpochRewards, RewardRole } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { EpochEvent, EpochPhase, Topic, TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';

export const params = TopicParams.fromPartial({
  epochLengthBlocks: 10,
  workerWindowBlocks: 5,
  groundTruthLagBlocks: 10,
  reputerWindowBlocks: 10,
  pNorm: 3,
  alphaRegret: 0.1,
  epsilon: 0.01,
  meritSortitionAlpha: 0.1,
  allowNegative: true,
});

export const topic = (id: number): Topic =>
  Topic.fromPartial({
    id,
    creator: 'allo1creator',
    metadata: `topic ${id}`,
    lossMethod: 'mse',
    params,
    active: true,
  });

export const epochEvent = (topicId: number, nonce: number, phase: EpochPhase): EpochEvent =>
  EpochEvent.fromPartial({
    topicId,
    nonce,
    phase,
    height: nonce + 5 * (phase - 1),
    closesHeight: nonce + 5 * phase,
    params,
    atMs: 1_700_000_000_000 + 1_000 * (nonce + 5 * (phase - 1)),
  });

export function networkInference(
  topicId: number,
  nonce: number,
  workers: readonly [inferers: readonly string[], forecasters: readonly string[]] = [
    ['i0', 'i1', 'i2'],
    ['f0', 'f1'],
  ],
): NetworkInference {
  const [inferers, forecasters] = workers;
  return NetworkInference.fromPartial({
    topicId,
    nonce,
    mode: InferenceMode.WEIGHTED,
    combined: 101.5,
    naive: 100.25,
    inferers: inferers.map((inferer, j) => ({
      inferer,
      value: `10${j}.50`,
      weight: j + 1,
      regret: 0.1 - 0.1 * j,
    })),
    forecasters: forecasters.map((forecaster, k) => ({
      forecaster,
      forecastImplied: 101 + k,
      weight: 2,
      regret: 0.25,
    })),
    oneOutInferer: inferers.map((_, j) => 101 + 0.1 * j),
    oneOutForecaster: forecasters.map(() => 101.25),
    oneInForecaster: forecasters.map(() => 101.75),
    oneOutInfererForecastImplied: inferers.map((_, j) => ({
      values: forecasters.map((__, k) => 100 + j + k),
    })),
    confidenceValues: [98, 99, 100, 101, 102],
    passiveInferers: [{ worker: 'i9', emaScore: -0.5, rank: 3 }],
    forecasts: forecasters.map((forecaster) => ({
      forecaster,
      elements: inferers.map((inferer) => ({ inferer, forecastLoss: -1.5 })),
    })),
    networkLoss: -2.5,
    initialRegret: -0.75,
    params,
  });
}

export const noInference = (topicId: number, nonce: number): NetworkInference =>
  NetworkInference.fromPartial({ topicId, nonce, mode: InferenceMode.NONE, params });

export const networkLosses = (topicId: number, nonce: number): NetworkLosses =>
  NetworkLosses.fromPartial({
    topicId,
    nonce,
    outcome: EpochOutcome.SCORED,
    losses: { combined: -2, naive: -1.5, inferers: [{ worker: 'i0', loss: -1.25 }] },
    params,
  });

/** Of an inference and of losses in which a shadow infers and forecasts. */
export const shadowValues = (shadow: string) => ({
  shadowInferers: [
    { inferer: shadow, value: '102.50', weight: undefined, regret: -0.75, combinedWith: 101.75 },
  ],
  shadowForecasters: [
    { forecaster: shadow, forecastImplied: 101.25, weight: 0.5, regret: 0.25, combinedWith: 101.25 },
  ],
});

export const shadowLosses = (shadow: string, contribution = 0.25) => ({
  shadowInferers: [
    { worker: shadow, loss: -2.5, combined: -2, combinedWith: -2 - contribution, contribution },
  ],
  shadowForecasters: [
    {
      worker: shadow,
      loss: -1.5,
      combined: -2,
      combinedWith: -2 + contribution,
      contribution: -contribution,
    },
  ],
});

export const epochScores = (
  topicId: number,
  nonce: number,
  options: { readonly inferer?: string; readonly reputer?: string; readonly score?: number } = {},
): EpochScores =>
  EpochScores.fromPartial({
    topicId,
    nonce,
    outcome: EpochOutcome.SCORED,
    inferers: [
      { participant: options.inferer ?? 'i0', score: options.score ?? 0.5, emaScore: 0.25 },
      { participant: 'i9', emaScore: -0.5 },
    ],
    forecasters: [{ participant: 'f0', score: 0.1, emaScore: 0.1 }],
    reputers: [
      {
        reputer: options.reputer ?? 'r0',
        score: 30,
        emaScore: 28,
        stakeUallo: '5000000000000000000',
        delegatedUallo: '0',
        listeningCoefficient: 0.9,
      },
    ],
    combinedLoss: -2,
    naiveLoss: -1.5,
    params,
  });

export const epochRewards = (
  topicId: number,
  nonce: number,
  options: { readonly inferer?: string; readonly reputer?: string } = {},
): EpochRewards =>
  EpochRewards.fromPartial({
    topicId,
    nonce,
    emissionUallo: '10000000000000000000',
    dustUallo: '7',
    infererEntropy: 0.9,
    chi: 0.1,
    gamma: 1.2,
    inferenceTaskRewardUallo: 6e18,
    reputationTaskRewardUallo: 4e18,
    payments: [
      {
        participant: options.inferer ?? 'i0',
        role: RewardRole.INFERER,
        fraction: 1,
        amountUallo: '5999999999999999993',
      },
      {
        participant: options.reputer ?? 'r0',
        role: RewardRole.REPUTER,
        fraction: 1,
        amountUallo: '4000000000000000000',
      },
    ],
  });
