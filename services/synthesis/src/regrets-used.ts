import type { RegretsUsed } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { Matrix, RegretTable, Row } from '@allora/protocol/regret/regret-table';

/** The regrets of an epoch as they are kept with it: to the bit, NaN where none was stored. */
export function regretsUsed(table: RegretTable): RegretsUsed {
  return {
    inferer: rowNumbers(table.inferer),
    forecaster: rowNumbers(table.forecaster),
    naiveInferer: rowNumbers(table.naiveInferer),
    oneOutInfererInferer: matrixNumbers(table.oneOutInfererInferer),
    oneOutInfererForecaster: matrixNumbers(table.oneOutInfererForecaster),
    oneOutForecasterInferer: matrixNumbers(table.oneOutForecasterInferer),
    oneOutForecasterForecaster: matrixNumbers(table.oneOutForecasterForecaster),
    oneInForecasterInferer: matrixNumbers(table.oneInForecasterInferer),
    oneInForecasterSelf: rowNumbers(table.oneInForecasterSelf),
  };
}

const rowNumbers = (row: Row): number[] => row.map((regret) => regret ?? NaN);

const matrixNumbers = (matrix: Matrix): number[] => matrix.flatMap(rowNumbers);
