import { requireLength, requireMatrix } from '../shape';
import { emptyMatrix, emptyRow, type Matrix, type MaybeNumber, type Row } from '../regret/regret-table';

/**
 * Log10 losses of one epoch, of one reputer or of the network, aligned with J inferers and K forecasters (section 5).
 * Null = not reported.
 */
export interface LossBundle {
  readonly combined: number;
  readonly naive: number;
  readonly inferer: Row;
  readonly forecaster: Row;
  readonly oneOutInferer: Row;
  readonly oneOutForecaster: Row;
  readonly oneInForecaster: Row;
  /** [K][J]: row = forecaster, column = withheld inferer. */
  readonly oneOutInfererForecaster: Matrix;
}

/** Where each entry of a bundle stands when it is laid out as one row of columns. */
export interface LossColumns {
  readonly infererCount: number;
  readonly forecasterCount: number;
  readonly inferer: number;
  readonly forecaster: number;
  readonly oneOutInferer: number;
  readonly oneOutForecaster: number;
  readonly oneInForecaster: number;
  readonly oneOutInfererForecaster: number;
  readonly count: number;
}

export const COMBINED_COLUMN = 0;
export const NAIVE_COLUMN = 1;

export function lossColumns(infererCount: number, forecasterCount: number): LossColumns {
  const inferer = 2;
  const forecaster = inferer + infererCount;
  const oneOutInferer = forecaster + forecasterCount;
  const oneOutForecaster = oneOutInferer + infererCount;
  const oneInForecaster = oneOutForecaster + forecasterCount;
  const oneOutInfererForecaster = oneInForecaster + forecasterCount;
  const count = oneOutInfererForecaster + infererCount * forecasterCount;
  return {
    infererCount,
    forecasterCount,
    inferer,
    forecaster,
    oneOutInferer,
    oneOutForecaster,
    oneInForecaster,
    oneOutInfererForecaster,
    count,
  };
}

/** Refuses a bundle that is not aligned with J inferers and K forecasters. */
export function requireLossBundle(
  name: string,
  bundle: LossBundle,
  infererCount: number,
  forecasterCount: number,
): void {
  requireLength(`${name}.inferer`, bundle.inferer.length, infererCount);
  requireLength(`${name}.forecaster`, bundle.forecaster.length, forecasterCount);
  requireLength(`${name}.oneOutInferer`, bundle.oneOutInferer.length, infererCount);
  requireLength(`${name}.oneOutForecaster`, bundle.oneOutForecaster.length, forecasterCount);
  requireLength(`${name}.oneInForecaster`, bundle.oneInForecaster.length, forecasterCount);
  requireMatrix(
    `${name}.oneOutInfererForecaster`,
    bundle.oneOutInfererForecaster,
    forecasterCount,
    infererCount,
  );
}

/** Lays a bundle out as `columns.count` numbers from `start` on; NaN stands for an entry not reported. */
export function layOutBundle(
  bundle: LossBundle,
  columns: LossColumns,
  out: Float64Array,
  start: number,
): void {
  out[start + COMBINED_COLUMN] = bundle.combined;
  out[start + NAIVE_COLUMN] = bundle.naive;
  layOutRow(bundle.inferer, out, start + columns.inferer);
  layOutRow(bundle.forecaster, out, start + columns.forecaster);
  layOutRow(bundle.oneOutInferer, out, start + columns.oneOutInferer);
  layOutRow(bundle.oneOutForecaster, out, start + columns.oneOutForecaster);
  layOutRow(bundle.oneInForecaster, out, start + columns.oneInForecaster);
  for (let k = 0; k < columns.forecasterCount; k += 1) {
    const at = start + columns.oneOutInfererForecaster + k * columns.infererCount;
    layOutRow(bundle.oneOutInfererForecaster[k]!, out, at);
  }
}

function layOutRow(row: Row, out: Float64Array, start: number): void {
  for (let i = 0; i < row.length; i += 1) out[start + i] = row[i] ?? NaN;
}

/** The bundle with only what the values in `cells` (NaN = absent) say. */
export function readBundle(cells: Float64Array, columns: LossColumns): LossBundle {
  const { infererCount, forecasterCount } = columns;
  return {
    combined: cells[COMBINED_COLUMN]!,
    naive: cells[NAIVE_COLUMN]!,
    inferer: readRow(cells, columns.inferer, infererCount),
    forecaster: readRow(cells, columns.forecaster, forecasterCount),
    oneOutInferer: readRow(cells, columns.oneOutInferer, infererCount),
    oneOutForecaster: readRow(cells, columns.oneOutForecaster, forecasterCount),
    oneInForecaster: readRow(cells, columns.oneInForecaster, forecasterCount),
    oneOutInfererForecaster: Array.from({ length: forecasterCount }, (_, k) =>
      readRow(cells, columns.oneOutInfererForecaster + k * infererCount, infererCount),
    ),
  };
}

function readRow(cells: Float64Array, start: number, count: number): MaybeNumber[] {
  const row: MaybeNumber[] = new Array<MaybeNumber>(count);
  for (let i = 0; i < count; i += 1) {
    const x = cells[start + i]!;
    row[i] = Number.isNaN(x) ? null : x;
  }
  return row;
}

/** A bundle that reports the combined and naive loss and nothing else. */
export function bareBundle(
  combined: number,
  naive: number,
  infererCount: number,
  forecasterCount: number,
): LossBundle {
  return {
    combined,
    naive,
    inferer: emptyRow(infererCount),
    forecaster: emptyRow(forecasterCount),
    oneOutInferer: emptyRow(infererCount),
    oneOutForecaster: emptyRow(forecasterCount),
    oneInForecaster: emptyRow(forecasterCount),
    oneOutInfererForecaster: emptyMatrix(forecasterCount, infererCount),
  };
}
