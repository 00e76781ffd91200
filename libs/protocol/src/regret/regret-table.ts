import { requireLength, requireMatrix } from '../shape';

/** A stored regret in log10 loss, or null where none is stored. */
export type MaybeNumber = number | null;
export type Row = readonly MaybeNumber[];
export type Matrix = readonly Row[];

/**
 * The regrets of one epoch's J inferers and K forecasters, aligned with their ascending ids (section 4). Rows are
 * the withheld (or one-in) worker, columns the worker whose regret it is.
 */
export interface RegretTable {
  readonly inferer: Row;
  readonly forecaster: Row;
  readonly naiveInferer: Row;
  /** [J][J] */
  readonly oneOutInfererInferer: Matrix;
  /** [J][K] */
  readonly oneOutInfererForecaster: Matrix;
  /** [K][J] */
  readonly oneOutForecasterInferer: Matrix;
  /** [K][K] */
  readonly oneOutForecasterForecaster: Matrix;
  /** [K][J] */
  readonly oneInForecasterInferer: Matrix;
  readonly oneInForecasterSelf: Row;
}

export function emptyRow(length: number): MaybeNumber[] {
  return new Array<MaybeNumber>(length).fill(null);
}

export function emptyMatrix(rows: number, columns: number): MaybeNumber[][] {
  return Array.from({ length: rows }, () => emptyRow(columns));
}

/** The table of a topic that has stored no regret of these workers. */
export function emptyRegretTable(infererCount: number, forecasterCount: number): RegretTable {
  return {
    inferer: emptyRow(infererCount),
    forecaster: emptyRow(forecasterCount),
    naiveInferer: emptyRow(infererCount),
    oneOutInfererInferer: emptyMatrix(infererCount, infererCount),
    oneOutInfererForecaster: emptyMatrix(infererCount, forecasterCount),
    oneOutForecasterInferer: emptyMatrix(forecasterCount, infererCount),
    oneOutForecasterForecaster: emptyMatrix(forecasterCount, forecasterCount),
    oneInForecasterInferer: emptyMatrix(forecasterCount, infererCount),
    oneInForecasterSelf: emptyRow(forecasterCount),
  };
}

/** Refuses a table that is not aligned with J inferers and K forecasters. */
export function requireRegretTable(table: RegretTable, infererCount: number, forecasterCount: number): void {
  requireLength('regrets.inferer', table.inferer.length, infererCount);
  requireLength('regrets.forecaster', table.forecaster.length, forecasterCount);
  requireLength('regrets.naiveInferer', table.naiveInferer.length, infererCount);
  requireMatrix('regrets.oneOutInfererInferer', table.oneOutInfererInferer, infererCount, infererCount);
  requireMatrix(
    'regrets.oneOutInfererForecaster',
    table.oneOutInfererForecaster,
    infererCount,
    forecasterCount,
  );
  requireMatrix(
    'regrets.oneOutForecasterInferer',
    table.oneOutForecasterInferer,
    forecasterCount,
    infererCount,
  );
  requireMatrix(
    'regrets.oneOutForecasterForecaster',
    table.oneOutForecasterForecaster,
    forecasterCount,
    forecasterCount,
  );
  requireMatrix(
    'regrets.oneInForecasterInferer',
    table.oneInForecasterInferer,
    forecasterCount,
    infererCount,
  );
  requireLength('regrets.oneInForecasterSelf', table.oneInForecasterSelf.length, forecasterCount);
}
