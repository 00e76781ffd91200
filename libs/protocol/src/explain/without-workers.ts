import type { Matrix, RegretTable, Row } from '../regret/regret-table';
import type { SynthesisInput } from '../synthesis/network-inference';

/** The epoch as if some of its workers had not been in it. */
export function withoutWorkers(input: SynthesisInput, without: ReadonlySet<string>): SynthesisInput {
  const inferers = placesOf(input.inferers, without);
  const forecasters = placesOf(input.forecasters, without);
  return {
    ...input,
    inferers: pick(input.inferers, inferers),
    inferences: pick(input.inferences, inferers),
    forecasters: pick(input.forecasters, forecasters),
    forecasts: pickMatrix(input.forecasts, forecasters, inferers),
    regrets: pickRegrets(input.regrets, inferers, forecasters),
  };
}

const placesOf = (ids: readonly string[], without: ReadonlySet<string>): number[] =>
  ids.flatMap((id, place) => (without.has(id) ? [] : [place]));

const pick = <T>(items: readonly T[], places: readonly number[]): T[] => places.map((place) => items[place]!);

const pickMatrix = (matrix: Matrix, rows: readonly number[], columns: readonly number[]): Row[] =>
  pick(matrix, rows).map((row) => pick(row, columns));

function pickRegrets(
  table: RegretTable,
  inferers: readonly number[],
  forecasters: readonly number[],
): RegretTable {
  return {
    inferer: pick(table.inferer, inferers),
    forecaster: pick(table.forecaster, forecasters),
    naiveInferer: pick(table.naiveInferer, inferers),
    oneOutInfererInferer: pickMatrix(table.oneOutInfererInferer, inferers, inferers),
    oneOutInfererForecaster: pickMatrix(table.oneOutInfererForecaster, inferers, forecasters),
    oneOutForecasterInferer: pickMatrix(table.oneOutForecasterInferer, forecasters, inferers),
    oneOutForecasterForecaster: pickMatrix(table.oneOutForecasterForecaster, forecasters, forecasters),
    oneInForecasterInferer: pickMatrix(table.oneInForecasterInferer, forecasters, inferers),
    oneInForecasterSelf: pick(table.oneInForecasterSelf, forecasters),
  };
}
