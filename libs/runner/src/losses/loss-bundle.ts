import type { LossesRequest, NetworkInference } from '@allora/sdk/types';
import { textOfDouble } from '../answers/decimal';

/** Everything of an epoch's network inference that a reputer scores, as the texts that are scored. */
export function scoredValues(inference: NetworkInference): string[] {
  const values: string[] = [];
  bundleOf(inference, (value) => {
    values.push(value);
    return value;
  });
  return values;
}

/** The bundle in which each value stands for its loss; `lossOf` is asked for every value of `scoredValues`. */
export function bundleOf(inference: NetworkInference, lossOf: (value: string) => string): LossesRequest {
  const { topicId, nonce, inferers, forecasters } = inference;
  const of = (value: number): string => lossOf(textOfDouble(value));
  const infererIds = inferers.map(({ inferer }) => inferer);
  const forecasterIds = forecasters.map(({ forecaster }) => forecaster);
  const row = (ids: readonly string[], values: readonly number[]) =>
    values.length === 0 ? [] : ids.map((worker, n) => ({ worker, value: of(values[n]!) }));
  const implied = inference.oneOutInfererForecastImplied;
  return {
    topicId,
    nonce,
    combined: of(inference.combined),
    naive: of(inference.naive),
    // As submitted: a double could round a long text.
    inferers: inferers.map(({ inferer, value }) => ({ worker: inferer, value: lossOf(value) })),
    forecasters: forecasters.map(({ forecaster, forecastImplied }) => ({
      worker: forecaster,
      value: of(forecastImplied),
    })),
    oneOutInferers: row(infererIds, inference.oneOutInferer),
    oneOutForecasters: row(forecasterIds, inference.oneOutForecaster),
    oneInForecasters: row(forecasterIds, inference.oneInForecaster),
    oneOutInfererForecasters: forecasterIds.flatMap((forecaster, k) => {
      const values = implied.map((withheld) => withheld.values[k]!);
      return values.length === 0 ? [] : [{ forecaster, oneOutInferers: row(infererIds, values) }];
    }),
  };
}
