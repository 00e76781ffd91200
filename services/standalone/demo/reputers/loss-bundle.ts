import type { LossesRequest, NetworkInference } from '@allora/sdk/types';
import { decimalText } from '../decimal';
import { logLoss } from '../loss';

const LOSS_PLACES = 10;

/** The log10 loss of everything in an epoch's network inference, against what the reputer takes for the truth. */
export function lossBundle(inference: NetworkInference, truth: number): LossesRequest {
  const { topicId, nonce, inferers, forecasters } = inference;
  const lossText = (value: number): string => decimalText(logLoss(truth, value), LOSS_PLACES);
  const infererIds = inferers.map(({ inferer }) => inferer);
  const forecasterIds = forecasters.map(({ forecaster }) => forecaster);
  const rowOf = (ids: readonly string[], values: readonly number[]) =>
    values.length === 0 ? [] : ids.map((worker, n) => ({ worker, value: lossText(values[n]!) }));
  const implied = inference.oneOutInfererForecastImplied;
  return {
    topicId,
    nonce,
    combined: lossText(inference.combined),
    naive: lossText(inference.naive),
    inferers: inferers.map(({ inferer, value }) => ({ worker: inferer, value: lossText(Number(value)) })),
    forecasters: forecasters.map(({ forecaster, forecastImplied }) => ({
      worker: forecaster,
      value: lossText(forecastImplied),
    })),
    oneOutInferers: rowOf(infererIds, inference.oneOutInferer),
    oneOutForecasters: rowOf(forecasterIds, inference.oneOutForecaster),
    oneInForecasters: rowOf(forecasterIds, inference.oneInForecaster),
    oneOutInfererForecasters:
      implied.length === 0
        ? []
        : forecasterIds.map((forecaster, k) => ({
            forecaster,
            oneOutInferers: rowOf(
              infererIds,
              implied.map(({ values }) => values[k]!),
            ),
          })),
  };
}
