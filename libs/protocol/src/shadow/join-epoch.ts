import type { SynthesisParams } from '../params';
import { emptyRow, type Matrix, type MaybeNumber, type RegretTable, type Row } from '../regret/regret-table';
import { compareIds } from '../shape';
import { synthesize, type SynthesisInput } from '../synthesis/network-inference';

export interface JoiningInferer {
  readonly inferer: string;
  readonly value: number;
  /** Null: none is stored, so that it enters with the initial regret. */
  readonly regret: MaybeNumber;
}

export interface JoiningForecaster {
  readonly forecaster: string;
  /** [J] expected log10 losses of the epoch's inferers; null = not forecast. */
  readonly forecast: Row;
  readonly regret: MaybeNumber;
}

export interface JoinedInferer {
  /** The combined inference with it. */
  readonly combined: number;
  readonly weight: MaybeNumber;
}

export interface JoinedForecaster {
  readonly combined: number;
  readonly forecastImplied: number;
  readonly weight: number;
}

/** What an epoch would have been with one inferer more: the others keep their values and regrets, nobody forecast the new one. */
export function joinInferer(
  input: SynthesisInput,
  joining: JoiningInferer,
  params: SynthesisParams,
): JoinedInferer {
  const at = placeOf(input.inferers, joining.inferer);
  const { combined, infererWeights } = synthesize(
    {
      ...input,
      inferers: input.inferers.toSpliced(at, 0, joining.inferer),
      inferences: input.inferences.toSpliced(at, 0, joining.value),
      forecasts: withColumn(input.forecasts, at),
      regrets: withInferer(input.regrets, input.forecasters.length, at, joining.regret),
    },
    params,
  );
  return { combined, weight: infererWeights?.[at] ?? null };
}

/** As `joinInferer`; null where it would have had no forecast-implied inference. */
export function joinForecaster(
  input: SynthesisInput,
  joining: JoiningForecaster,
  params: SynthesisParams,
): JoinedForecaster | null {
  if (input.inferers.length === 0) return null;
  const at = placeOf(input.forecasters, joining.forecaster);
  const { combined, forecastImplied, forecasterWeights } = synthesize(
    {
      ...input,
      forecasters: input.forecasters.toSpliced(at, 0, joining.forecaster),
      forecasts: input.forecasts.toSpliced(at, 0, joining.forecast),
      regrets: withForecaster(input.regrets, input.inferers.length, at, joining.regret),
    },
    params,
  );
  const implied = forecastImplied[at] ?? null;
  const weight = forecasterWeights?.[at] ?? null;
  return implied === null || weight === null ? null : { combined, forecastImplied: implied, weight };
}

function placeOf(ascending: readonly string[], id: string): number {
  const place = ascending.findIndex((other) => compareIds(other, id) > 0);
  return place < 0 ? ascending.length : place;
}

const withColumn = (matrix: Matrix, at: number): Row[] => matrix.map((row) => row.toSpliced(at, 0, null));

function withInferer(
  table: RegretTable,
  forecasterCount: number,
  at: number,
  regret: MaybeNumber,
): RegretTable {
  const nobody = emptyRow(table.inferer.length + 1);
  return {
    ...table,
    inferer: table.inferer.toSpliced(at, 0, regret),
    naiveInferer: table.naiveInferer.toSpliced(at, 0, null),
    oneOutInfererInferer: withColumn(table.oneOutInfererInferer, at).toSpliced(at, 0, nobody),
    oneOutInfererForecaster: table.oneOutInfererForecaster.toSpliced(at, 0, emptyRow(forecasterCount)),
    oneOutForecasterInferer: withColumn(table.oneOutForecasterInferer, at),
    oneInForecasterInferer: withColumn(table.oneInForecasterInferer, at),
  };
}

function withForecaster(
  table: RegretTable,
  infererCount: number,
  at: number,
  regret: MaybeNumber,
): RegretTable {
  const nobody = emptyRow(table.forecaster.length + 1);
  return {
    ...table,
    forecaster: table.forecaster.toSpliced(at, 0, regret),
    oneOutInfererForecaster: withColumn(table.oneOutInfererForecaster, at),
    oneOutForecasterInferer: table.oneOutForecasterInferer.toSpliced(at, 0, emptyRow(infererCount)),
    oneOutForecasterForecaster: withColumn(table.oneOutForecasterForecaster, at).toSpliced(at, 0, nobody),
    oneInForecasterInferer: table.oneInForecasterInferer.toSpliced(at, 0, emptyRow(infererCount)),
    oneInForecasterSelf: table.oneInForecasterSelf.toSpliced(at, 0, null),
  };
}
