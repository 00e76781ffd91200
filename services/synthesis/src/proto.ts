import type { NetworkLosses, WorkerLoss } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { type EpochRewards, RewardRole } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { LossBundle } from '@allora/protocol/loss/loss-table';
import { emptyRow, type MaybeNumber } from '@allora/protocol/regret/regret-table';
import { compareIds } from '@allora/protocol/shape';
import type {
  NetworkInference as CoreInference,
  SynthesisMode,
} from '@allora/protocol/synthesis/network-inference';
import type { EpochSets, EpochWorkers, Learnt } from './epoch-facts';
import { type WorkerKey, WorkerRole } from './workers.store';

const modes: Readonly<Record<SynthesisMode, InferenceMode>> = {
  weighted: InferenceMode.WEIGHTED,
  all_new: InferenceMode.ALL_NEW,
  median: InferenceMode.MEDIAN,
  single: InferenceMode.SINGLE,
};

/** Of the forecasters only those with a forecast-implied inference (K) are told as such. */
export function networkInferenceMessage(
  sets: EpochSets,
  workers: EpochWorkers,
  learnt: Learnt,
  result: CoreInference,
): NetworkInference {
  const implied = result.forecastImplied.flatMap((value, k) => (value === null ? [] : [{ k, value }]));
  const overK = (values: readonly MaybeNumber[] | null): number[] =>
    values === null ? [] : implied.map(({ k }) => present(values[k]));
  return NetworkInference.fromPartial({
    topicId: sets.topicId,
    nonce: sets.nonce,
    mode: modes[result.mode],
    combined: result.combined,
    naive: result.naive,
    inferers: workers.inferers.active.map(({ id, submission }, j) => ({
      inferer: id,
      value: submission.text,
      weight: result.infererWeights?.[j],
      regret: learnt.regrets.inferer[j] ?? learnt.initialRegret,
    })),
    forecasters: implied.map(({ k, value }) => ({
      forecaster: workers.forecasts[k]!.forecaster,
      forecastImplied: value,
      weight: result.forecasterWeights?.[k] ?? undefined,
      regret: learnt.regrets.forecaster[k] ?? learnt.initialRegret,
    })),
    oneOutInferer: [...(result.oneOutInferer ?? [])],
    oneOutForecaster: overK(result.oneOutForecaster),
    oneInForecaster: overK(result.oneInForecaster),
    oneOutInfererForecastImplied:
      implied.length === 0
        ? []
        : (result.oneOutInfererForecastImplied ?? []).map((row) => ({ values: overK(row) })),
    confidenceValues: [...result.confidenceValues],
    passiveInferers: workers.inferers.passive.map(({ id, ...rank }) => ({ worker: id, ...rank })),
    passiveForecasters: workers.passiveForecasters.map(({ id, ...rank }) => ({ worker: id, ...rank })),
    forecasts: workers.forecasts.map(({ forecaster, elements }) => ({
      forecaster,
      elements: elements.map(({ inferer, loss }) => ({ inferer, forecastLoss: loss })),
    })),
    networkLoss: learnt.networkLoss ?? undefined,
    initialRegret: learnt.initialRegret,
    settledNonce: sets.settledNonce,
    params: sets.params,
  });
}

function present(value: MaybeNumber | undefined): number {
  if (value === null || value === undefined)
    throw new Error('a forecaster of the epoch has no value where all have one');
  return value;
}

/** The losses of an epoch aligned with everyone they name. */
export interface AlignedLosses {
  readonly inferers: readonly string[];
  readonly forecasters: readonly string[];
  readonly bundle: LossBundle;
}

/** Null for an epoch that was not scored. */
export function alignLosses({ losses }: NetworkLosses): AlignedLosses | null {
  if (!losses) return null;
  const inferers = losses.inferers.map(({ worker }) => worker).sort(compareIds);
  const forecasters = losses.forecasters.map(({ worker }) => worker).sort(compareIds);
  const implied = new Map(losses.oneOutInfererForecasters.map((row) => [row.forecaster, row.oneOutInferers]));
  const bundle = {
    combined: losses.combined,
    naive: losses.naive,
    inferer: alignRow(inferers, losses.inferers),
    forecaster: alignRow(forecasters, losses.forecasters),
    oneOutInferer: alignRow(inferers, losses.oneOutInferers),
    oneOutForecaster: alignRow(forecasters, losses.oneOutForecasters),
    oneInForecaster: alignRow(forecasters, losses.oneInForecasters),
    oneOutInfererForecaster: forecasters.map((id) => alignRow(inferers, implied.get(id) ?? [])),
  };
  return { inferers, forecasters, bundle };
}

function alignRow(ids: readonly string[], losses: readonly WorkerLoss[]): MaybeNumber[] {
  const row = emptyRow(ids.length);
  const byWorker = new Map(losses.map(({ worker, loss }) => [worker, loss]));
  ids.forEach((id, i) => {
    row[i] = byWorker.get(id) ?? null;
  });
  return row;
}

/** Workers whose inclusion count these rewards raise: section 6 counts payments that are not zero. */
export function paidWorkers({ payments }: EpochRewards): WorkerKey[] {
  return payments.flatMap(({ participant, role, amountUallo }): WorkerKey[] => {
    if (BigInt(amountUallo) === 0n) return [];
    if (role === RewardRole.INFERER) return [{ role: WorkerRole.INFERER, worker: participant }];
    if (role === RewardRole.FORECASTER) return [{ role: WorkerRole.FORECASTER, worker: participant }];
    return [];
  });
}
