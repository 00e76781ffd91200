import type { LossBundle } from '../src/loss/loss-table';
import { DEFAULT_PARAMS } from '../src/params';
import type { MaybeNumber, RegretTable } from '../src/regret/regret-table';
import type { RegretUpdateInput } from '../src/regret/regrets';
import type { RewardInput } from '../src/reward/participant-rewards';
import type { ScoreInput } from '../src/score/scores';
import type { SynthesisInput } from '../src/synthesis/network-inference';
import { networkLosses } from '../src/loss/network-losses';

export interface Size {
  readonly inferers: number;
  readonly forecasters: number;
  readonly reputers: number;
}

export interface EpochData {
  readonly synthesis: SynthesisInput;
  readonly losses: LossBundle;
  readonly regrets: RegretUpdateInput;
  readonly scores: ScoreInput;
  readonly rewards: RewardInput;
}

/** Seeded uniform numbers in [0, 1) (mulberry32), so that every run measures the same epoch. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ids = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(5, '0')}`);

/** A whole epoch of made-up but plausible numbers. Forecasts hold as many elements as the network accepts. */
export function epochData(size: Size, seed: number): EpochData {
  const random = seeded(seed);
  const { inferers: J, forecasters: K, reputers: M } = size;
  const row = (count: number, low: number, high: number): number[] =>
    Array.from({ length: count }, () => low + random() * (high - low));
  const matrix = (rows: number, columns: number, low: number, high: number): number[][] =>
    Array.from({ length: rows }, () => row(columns, low, high));
  const workers = { inferers: ids('inferer', J), forecasters: ids('forecaster', K) };
  const reputers = ids('reputer', M);
  const stakes = row(M, 1e4, 1e6);
  const table = regretData(J, K, row, matrix);
  const bundles = Array.from({ length: M }, () => bundleData(J, K, row, matrix));
  const reported = { ...workers, reputers, stakes, bundles };
  const losses = networkLosses(reported);
  const infererScores = row(J, -1, 1);
  const forecasterScores = row(K, -1, 1);
  return {
    synthesis: {
      ...workers,
      inferences: row(J, 90, 110),
      forecasts: Array.from({ length: K }, () => forecastData(J, random)),
      networkLoss: -1,
      initialRegret: -0.5,
      regrets: table,
    },
    losses,
    regrets: {
      ...workers,
      networkLosses: losses,
      previousRegrets: table,
      initialRegret: -0.5,
      infererInclusions: row(J, 0, 50),
      forecasterInclusions: row(K, 0, 50),
    },
    scores: {
      ...reported,
      networkLosses: losses,
      listeningCoefficients: row(M, 0.6, 1),
      infererEma: row(J, -1, 1),
      forecasterEma: row(K, -1, 1),
      reputerEma: row(M, 1, 20),
    },
    rewards: {
      ...workers,
      reputers,
      infererScores,
      forecasterScores,
      reputerScores: row(M, 1, 20),
      stakes,
      delegatedStakes: stakes.map((stake) => stake * random()),
      infererScoreHistory: [infererScores, row(J, -1, 1)],
      forecasterScoreHistory: [forecasterScores, row(K, -1, 1)],
      previousInfererFractions: row(J, 0, 1 / J),
      previousForecasterFractions: row(K, 0, 1 / K),
      previousReputerFractions: row(M, 0, 1 / M),
      previousScoreRatio: 0.2,
      naiveLoss: -0.9,
      combinedLoss: -1,
      topicReward: 1e21,
    },
  };
}

function forecastData(infererCount: number, random: () => number): MaybeNumber[] {
  const row = new Array<MaybeNumber>(infererCount).fill(null);
  const elements = Math.min(infererCount, DEFAULT_PARAMS.maxElementsPerForecast);
  for (let e = 0; e < elements; e += 1) row[Math.floor(random() * infererCount)] = -2 + 2 * random();
  return row;
}

type MakeRow = (count: number, low: number, high: number) => number[];
type MakeMatrix = (rows: number, columns: number, low: number, high: number) => number[][];

function regretData(J: number, K: number, row: MakeRow, matrix: MakeMatrix): RegretTable {
  return {
    inferer: row(J, -1, 1),
    forecaster: row(K, -1, 1),
    naiveInferer: row(J, -1, 1),
    oneOutInfererInferer: matrix(J, J, -1, 1),
    oneOutInfererForecaster: matrix(J, K, -1, 1),
    oneOutForecasterInferer: matrix(K, J, -1, 1),
    oneOutForecasterForecaster: matrix(K, K, -1, 1),
    oneInForecasterInferer: matrix(K, J, -1, 1),
    oneInForecasterSelf: row(K, -1, 1),
  };
}

function bundleData(J: number, K: number, row: MakeRow, matrix: MakeMatrix): LossBundle {
  return {
    combined: row(1, -3, -1)[0]!,
    naive: row(1, -2, 0)[0]!,
    inferer: row(J, -3, 0),
    forecaster: row(K, -3, 0),
    oneOutInferer: row(J, -3, 0),
    oneOutForecaster: row(K, -3, 0),
    oneInForecaster: row(K, -3, 0),
    oneOutInfererForecaster: matrix(K, J, -3, 0),
  };
}
