import type { LossBundle } from '../loss/loss-table';
import { emptyMatrix, emptyRow, type MaybeNumber, type Row } from '../regret/regret-table';
import type { NetworkInference, SynthesisInput } from '../synthesis/network-inference';

/** What an epoch told its reputers to score: workers by ascending id, values where a bundle has their losses. */
export interface ToldValues {
  readonly inferers: readonly string[];
  /** Those with a forecast-implied inference. */
  readonly forecasters: readonly string[];
  readonly values: LossBundle;
}

/** The values of a network inference laid out as the losses of them are. */
export function toldValues(input: SynthesisInput, inference: NetworkInference): ToldValues {
  const implied = inference.forecastImplied.flatMap((value, k) => (value === null ? [] : [k]));
  const [J, K] = [input.inferers.length, implied.length];
  const overK = (row: Row | null): MaybeNumber[] =>
    row === null ? emptyRow(K) : implied.map((k) => row[k]!);
  const { oneOutInfererForecastImplied: withheld } = inference;
  return {
    inferers: input.inferers,
    forecasters: implied.map((k) => input.forecasters[k]!),
    values: {
      combined: inference.combined,
      naive: inference.naive,
      inferer: input.inferences,
      forecaster: overK(inference.forecastImplied),
      oneOutInferer: inference.oneOutInferer ?? emptyRow(J),
      oneOutForecaster: overK(inference.oneOutForecaster),
      oneInForecaster: overK(inference.oneInForecaster),
      oneOutInfererForecaster:
        withheld === null ? emptyMatrix(K, J) : implied.map((k) => withheld.map((row) => row[k]!)),
    },
  };
}

/** Loss of a value, or null when there is none. */
export type LossOf = (now: {
  readonly value: number;
  readonly before: MaybeNumber;
  readonly loss: MaybeNumber;
}) => MaybeNumber;

/**
 * A bundle of losses of other values: `lossOf` is asked for each that there is now, beside the value that stood in its place
 * before and the loss of that.
 */
export function carryLosses(
  before: ToldValues,
  losses: LossBundle,
  now: ToldValues,
  lossOf: LossOf,
): LossBundle {
  const inferers = places(before.inferers, now.inferers);
  const forecasters = places(before.forecasters, now.forecasters);
  const one = (value: MaybeNumber, old: MaybeNumber, loss: MaybeNumber): MaybeNumber =>
    value === null ? null : lossOf({ value, before: old, loss });
  const row = (values: Row, at: readonly number[], old: Row, reported: Row): MaybeNumber[] =>
    values.map((value, i) => one(value, old[at[i]!] ?? null, reported[at[i]!] ?? null));
  const always = (key: 'combined' | 'naive'): number =>
    one(now.values[key], before.values[key], losses[key]) ?? losses[key];
  const { values } = now;
  const old = before.values;
  return {
    combined: always('combined'),
    naive: always('naive'),
    inferer: row(values.inferer, inferers, old.inferer, losses.inferer),
    forecaster: row(values.forecaster, forecasters, old.forecaster, losses.forecaster),
    oneOutInferer: row(values.oneOutInferer, inferers, old.oneOutInferer, losses.oneOutInferer),
    oneOutForecaster: row(
      values.oneOutForecaster,
      forecasters,
      old.oneOutForecaster,
      losses.oneOutForecaster,
    ),
    oneInForecaster: row(values.oneInForecaster, forecasters, old.oneInForecaster, losses.oneInForecaster),
    oneOutInfererForecaster: values.oneOutInfererForecaster.map((line, k) =>
      row(
        line,
        inferers,
        old.oneOutInfererForecaster[forecasters[k]!] ?? [],
        losses.oneOutInfererForecaster[forecasters[k]!] ?? [],
      ),
    ),
  };
}

/** For each id its place among those before; -1 for a new one. */
const places = (before: readonly string[], now: readonly string[]): number[] => {
  const place = new Map(before.map((id, i) => [id, i]));
  return now.map((id) => place.get(id) ?? -1);
};
