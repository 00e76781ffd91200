import { InferenceMode } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { RewardRole } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { Epoch, EpochRewards, NetworkInference } from '@allora/sdk/types';
import type { Cast } from './cast';
import { logLoss } from './loss';
import type { Outcome } from './participants';
import { mean, median } from './statistics';

export type ModeName = 'weighted' | 'all_new' | 'median' | 'single' | 'none';

const modeNames: Readonly<Partial<Record<InferenceMode, ModeName>>> = {
  [InferenceMode.WEIGHTED]: 'weighted',
  [InferenceMode.ALL_NEW]: 'all_new',
  [InferenceMode.MEDIAN]: 'median',
  [InferenceMode.SINGLE]: 'single',
};

export type Range = readonly [low: number, high: number];
export type ByName = Readonly<Record<string, number>>;

/** log10 losses against the true close. */
export interface EpochLosses {
  readonly network: number;
  /** Null in the first epoch: the protocol gives no naive inference before there is a loss. */
  readonly naive: number | null;
  readonly equalWeightMean: number;
  readonly median: number;
  readonly inferers: ByName;
  readonly forecasters: ByName;
}

export interface PaidUallo {
  readonly inferers: bigint;
  readonly forecasters: bigint;
  readonly reputers: bigint;
}

/** One settled epoch, with names for addresses. */
export interface EpochReport {
  readonly epoch: number;
  readonly nonce: number;
  /** Day of the truth. */
  readonly date: string;
  readonly mode: ModeName;
  readonly truth: number;
  readonly network: number;
  readonly naive: number | null;
  /** Between the 15.87 and 84.13, and the 2.28 and 97.72 percentiles; null without weights. */
  readonly interval68: Range | null;
  readonly interval95: Range | null;
  readonly best: { readonly name: string; readonly value: number };
  /** Shares of the sum of weights, heaviest first. */
  readonly topWeights: readonly { readonly name: string; readonly share: number }[];
  readonly losses: EpochLosses;
  readonly paidUallo: PaidUallo;
  readonly paidByNameUallo: Readonly<Record<string, bigint>>;
  /** After the epoch, of each reputer. */
  readonly listening: ByName;
}

const lowestFirst = (a: [string, number], b: [string, number]): number =>
  a[1] - b[1] || (a[0] < b[0] ? -1 : 1);

function lossesOf(inference: NetworkInference, truth: number, mode: ModeName, cast: Cast): EpochLosses {
  const values = inference.inferers.map(({ value }) => Number(value));
  const loss = (value: number): number => logLoss(truth, value);
  return {
    network: loss(inference.combined),
    naive: mode === 'median' ? null : loss(inference.naive),
    equalWeightMean: loss(mean(values)),
    median: loss(median(values)),
    inferers: Object.fromEntries(
      inference.inferers.map(({ inferer, value }) => [cast.nameOf(inferer), loss(Number(value))]),
    ),
    forecasters: Object.fromEntries(
      inference.forecasters.map(({ forecaster, forecastImplied }) => [
        cast.nameOf(forecaster),
        loss(forecastImplied),
      ]),
    ),
  };
}

function topWeights(inference: NetworkInference, cast: Cast): EpochReport['topWeights'] {
  const weights = [
    ...inference.inferers.map(({ inferer, weight }): [string, number] => [cast.nameOf(inferer), weight ?? 0]),
    ...inference.forecasters.map(({ forecaster, weight }): [string, number] => [
      cast.nameOf(forecaster),
      weight ?? 0,
    ]),
  ];
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  if (total === 0) return [];
  return weights
    .map(([name, weight]): [string, number] => [name, -weight / total])
    .sort(lowestFirst)
    .slice(0, 3)
    .map(([name, share]) => ({ name, share: -share }));
}

function paid(rewards: EpochRewards, cast: Cast): Pick<EpochReport, 'paidUallo' | 'paidByNameUallo'> {
  const byName = new Map<string, bigint>();
  const of = (role: RewardRole): bigint => {
    let sum = 0n;
    for (const payment of rewards.payments) {
      if (payment.role !== role) continue;
      const amountUallo = BigInt(payment.amountUallo);
      const name = cast.nameOf(payment.participant);
      byName.set(name, (byName.get(name) ?? 0n) + amountUallo);
      sum += amountUallo;
    }
    return sum;
  };
  const paidUallo = {
    inferers: of(RewardRole.INFERER),
    forecasters: of(RewardRole.FORECASTER),
    reputers: of(RewardRole.REPUTER),
  };
  return { paidUallo, paidByNameUallo: Object.fromEntries(byName) };
}

export function reportEpoch(index: number, outcome: Outcome, settled: Epoch, cast: Cast): EpochReport {
  const { inference } = outcome;
  const { rewards, scores } = settled;
  if (rewards === null) throw new Error(`epoch ${inference.nonce} is not settled`);
  const truth = outcome.truth.close;
  const mode = modeNames[inference.mode] ?? 'none';
  const losses = lossesOf(inference, truth, mode, cast);
  const best = Object.entries(losses.inferers).sort(lowestFirst)[0];
  const bestValue = inference.inferers.find(({ inferer }) => cast.nameOf(inferer) === best?.[0]);
  const [low95, low68, , high68, high95] = inference.confidenceValues;
  const range = (low?: number, high?: number): Range | null =>
    low === undefined || high === undefined ? null : [low, high];
  return {
    epoch: index,
    nonce: inference.nonce,
    date: outcome.truth.date,
    mode,
    truth,
    network: inference.combined,
    naive: mode === 'median' ? null : inference.naive,
    interval68: range(low68, high68),
    interval95: range(low95, high95),
    best: { name: best?.[0] ?? '', value: Number(bestValue?.value) },
    topWeights: topWeights(inference, cast),
    losses,
    ...paid(rewards, cast),
    listening: Object.fromEntries(
      (scores?.reputers ?? []).map(({ reputer, listeningCoefficient }) => [
        cast.nameOf(reputer),
        listeningCoefficient,
      ]),
    ),
  };
}
