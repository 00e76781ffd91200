import type { LossSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type {
  LossBundle as LossBundleMessage,
  WorkerLoss,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { LossSubmission, WorkerLossText } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { SubmittedBundle, WorkerLoss as CoreWorkerLoss } from '@allora/protocol/loss/bundle-filter';
import type { LossBundle } from '@allora/protocol/loss/loss-table';
import { DEFAULT_PARAMS, type ScoreParams } from '@allora/protocol/params';
import type { Row } from '@allora/protocol/regret/regret-table';

/** The losses of an epoch, the parts of their set joined. */
export interface EpochLosses {
  readonly topicId: number;
  readonly nonce: number;
  readonly settledNonce: number | undefined;
  readonly params: TopicParams;
  readonly submissions: readonly LossSubmission[];
}

export function joinLossSets(parts: readonly LossSet[]): EpochLosses {
  const first = parts[0];
  if (!first?.params)
    throw new Error('a loss set comes in at least one part and carries the rules of its topic');
  const { topicId, nonce, settledNonce, params } = first;
  return { topicId, nonce, settledNonce, params, submissions: parts.flatMap((part) => part.losses) };
}

export function scoreParams(params: TopicParams): ScoreParams {
  const { meritSortitionAlpha, activeInfererQuantile, activeForecasterQuantile, activeReputerQuantile } =
    params;
  return {
    ...DEFAULT_PARAMS,
    meritSortitionAlpha,
    activeInfererQuantile,
    activeForecasterQuantile,
    activeReputerQuantile,
  };
}

/** In ALLO; only ratios of stakes matter. */
export function stakeInAllo(uallo: string): number {
  return Number(uallo) / 1e18;
}

/** Null if the reputer's combined or naive loss leaves the range of doubles; other such entries are left out. */
export function submittedBundle(submission: LossSubmission): SubmittedBundle | null {
  const combined = Number(submission.combined);
  const naive = Number(submission.naive);
  if (!Number.isFinite(combined) || !Number.isFinite(naive)) return null;
  return {
    reputer: submission.reputer,
    combined,
    naive,
    inferer: finiteLosses(submission.inferers),
    forecaster: finiteLosses(submission.forecasters),
    oneOutInferer: finiteLosses(submission.oneOutInferers),
    oneOutForecaster: finiteLosses(submission.oneOutForecasters),
    oneInForecaster: finiteLosses(submission.oneInForecasters),
    oneOutInfererForecaster: submission.oneOutInfererForecasters.map(({ forecaster, oneOutInferers }) => ({
      forecaster,
      losses: finiteLosses(oneOutInferers),
    })),
  };
}

function finiteLosses(texts: readonly WorkerLossText[]): CoreWorkerLoss[] {
  return texts
    .map(({ worker, value }) => ({ worker, loss: Number(value) }))
    .filter(({ loss }) => Number.isFinite(loss));
}

/** A bundle without losses of values that the epoch's network inference does not have. */
export function onlyWhatWasInferred(bundle: SubmittedBundle, inference: NetworkInference): SubmittedBundle {
  const keep = <T>(entries: readonly T[], inferred: readonly unknown[]): readonly T[] =>
    inferred.length > 0 ? entries : [];
  return {
    ...bundle,
    oneOutInferer: keep(bundle.oneOutInferer, inference.oneOutInferer),
    oneOutForecaster: keep(bundle.oneOutForecaster, inference.oneOutForecaster),
    oneInForecaster: keep(bundle.oneInForecaster, inference.oneInForecaster),
    oneOutInfererForecaster: keep(bundle.oneOutInfererForecaster, inference.oneOutInfererForecastImplied),
  };
}

export function lossBundleMessage(
  bundle: LossBundle,
  inferers: readonly string[],
  forecasters: readonly string[],
): LossBundleMessage {
  return {
    combined: bundle.combined,
    naive: bundle.naive,
    inferers: presentLosses(bundle.inferer, inferers),
    forecasters: presentLosses(bundle.forecaster, forecasters),
    oneOutInferers: presentLosses(bundle.oneOutInferer, inferers),
    oneOutForecasters: presentLosses(bundle.oneOutForecaster, forecasters),
    oneInForecasters: presentLosses(bundle.oneInForecaster, forecasters),
    oneOutInfererForecasters: bundle.oneOutInfererForecaster
      .map((row, k) => ({ forecaster: forecasters[k]!, oneOutInferers: presentLosses(row, inferers) }))
      .filter(({ oneOutInferers }) => oneOutInferers.length > 0),
  };
}

function presentLosses(row: Row, ids: readonly string[]): WorkerLoss[] {
  return row.flatMap((loss, i) => (loss === null ? [] : [{ worker: ids[i]!, loss }]));
}
