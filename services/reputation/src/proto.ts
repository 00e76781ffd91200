import type { LossSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type {
  LossBundle as LossBundleMessage,
  WorkerLoss,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { LossSubmission, WorkerLossText } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import type {
  BundlesToFilter,
  LossList,
  SubmittedBundle,
  WorkerLoss as CoreWorkerLoss,
} from '@allora/protocol/loss/bundle-filter';
import type { LossBundle } from '@allora/protocol/loss/loss-table';
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

export function submittedBundle(submission: LossSubmission): SubmittedBundle {
  return {
    reputer: submission.reputer,
    combined: Number(submission.combined),
    naive: Number(submission.naive),
    inferer: lossNumbers(submission.inferers),
    forecaster: lossNumbers(submission.forecasters),
    oneOutInferer: lossNumbers(submission.oneOutInferers),
    oneOutForecaster: lossNumbers(submission.oneOutForecasters),
    oneInForecaster: lossNumbers(submission.oneInForecasters),
    oneOutInfererForecaster: submission.oneOutInfererForecasters.map(({ forecaster, oneOutInferers }) => ({
      forecaster,
      losses: lossNumbers(oneOutInferers),
    })),
  };
}

const lossNumbers = (texts: readonly WorkerLossText[]): CoreWorkerLoss[] =>
  texts.map(({ worker, value }) => ({ worker, loss: Number(value) }));

/** Whom a bundle may name: the workers of the network inference, and which values it has of them. */
export function epochWorkers(
  inference: NetworkInference,
): Pick<BundlesToFilter, 'inferers' | 'forecasters' | 'others' | 'absentLists'> {
  const lists: readonly [LossList, readonly unknown[]][] = [
    ['oneOutInferer', inference.oneOutInferer],
    ['oneOutForecaster', inference.oneOutForecaster],
    ['oneInForecaster', inference.oneInForecaster],
    ['oneOutInfererForecaster', inference.oneOutInfererForecastImplied],
  ];
  return {
    inferers: inference.inferers.map(({ inferer }) => inferer),
    forecasters: inference.forecasters.map(({ forecaster }) => forecaster),
    others: [
      ...inference.passiveInferers.map(({ worker }) => worker),
      ...inference.passiveForecasters.map(({ worker }) => worker),
      ...inference.forecasts.map(({ forecaster }) => forecaster),
    ],
    absentLists: lists.filter(([, values]) => values.length === 0).map(([list]) => list),
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
