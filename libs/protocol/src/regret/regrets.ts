import { requireLossBundle, type LossBundle } from '../loss/loss-table';
import { ema, saturate } from '../numeric';
import { checkParams, REGRET_PARAMETERS, type RegretParams } from '../params';
import { MISSING_IMPLIED_LOSS } from '../reference-profile';
import { requireAscending, requireLength } from '../shape';
import { initialRegret } from './initial-regret';
import {
  requireRegretTable,
  type MaybeNumber,
  type Matrix,
  type RegretTable,
  type Row,
} from './regret-table';

/** A topic's regrets before an epoch's losses are known; ids ascending, arrays aligned. */
export interface RegretUpdateInput {
  readonly inferers: readonly string[];
  readonly forecasters: readonly string[];
  readonly networkLosses: LossBundle;
  readonly previousRegrets: RegretTable;
  /** r0 as it is now; stands in for every regret not stored. */
  readonly initialRegret: number;
  /** [J], [K]: how often each was paid a non-zero reward in this role and topic. */
  readonly infererInclusions: readonly number[];
  readonly forecasterInclusions: readonly number[];
}

export interface RegretUpdate {
  readonly regrets: RegretTable;
  readonly initialRegret: number;
  readonly initialRegretUpdated: boolean;
}

/**
 * Section 6: folds the epoch's network losses into all nine regret tables, then sets the initial regret. Entries
 * without losses keep what they hold, null included.
 */
export function updateRegrets(input: RegretUpdateInput, params: RegretParams): RegretUpdate {
  checkParams(params, REGRET_PARAMETERS);
  checkRegretInput(input);
  const regrets = updateTables(input, params.alphaRegret);
  const { previousRegrets: previous, networkLosses: losses } = input;
  const inferers = {
    losses: losses.inferer,
    previous: previous.inferer,
    updated: regrets.inferer,
    inclusions: input.infererInclusions,
  };
  const forecasters = {
    losses: losses.forecaster,
    previous: previous.forecaster,
    updated: regrets.forecaster,
    inclusions: input.forecasterInclusions,
  };
  const next = initialRegret([inferers, forecasters], params);
  return { regrets, initialRegret: next ?? input.initialRegret, initialRegretUpdated: next !== null };
}

function checkRegretInput(input: RegretUpdateInput): void {
  const { inferers, forecasters } = input;
  requireAscending('inferers', inferers);
  requireAscending('forecasters', forecasters);
  requireLossBundle('networkLosses', input.networkLosses, inferers.length, forecasters.length);
  requireRegretTable(input.previousRegrets, inferers.length, forecasters.length);
  requireLength('infererInclusions', input.infererInclusions.length, inferers.length);
  requireLength('forecasterInclusions', input.forecasterInclusions.length, forecasters.length);
}

function updateTables(input: RegretUpdateInput, alpha: number): RegretTable {
  const { networkLosses: losses, previousRegrets: previous } = input;
  /** R = alpha (A - B) + (1 - alpha) R_prev, or R_prev where A or B is missing. */
  const fold = (reference: MaybeNumber, own: MaybeNumber, stored: MaybeNumber): MaybeNumber =>
    reference === null || own === null
      ? stored
      : ema(alpha, saturate(reference - own), stored ?? input.initialRegret);
  const foldRow = (reference: MaybeNumber, own: Row, stored: Row): MaybeNumber[] =>
    stored.map((regret, a) => fold(reference, own[a]!, regret));
  const foldRows = (references: Row, own: Row, stored: Matrix): MaybeNumber[][] =>
    stored.map((row, x) => foldRow(references[x]!, own, row));
  const impliedWithout = impliedLosses(losses.oneOutInfererForecaster, input.inferers.length);

  return {
    inferer: foldRow(losses.combined, losses.inferer, previous.inferer),
    forecaster: foldRow(losses.combined, losses.forecaster, previous.forecaster),
    naiveInferer: foldRow(losses.naive, losses.inferer, previous.naiveInferer),
    oneOutInfererInferer: foldRows(losses.oneOutInferer, losses.inferer, previous.oneOutInfererInferer),
    oneOutInfererForecaster: previous.oneOutInfererForecaster.map((row, x) =>
      foldRow(losses.oneOutInferer[x]!, impliedWithout[x]!, row),
    ),
    oneOutForecasterInferer: foldRows(
      losses.oneOutForecaster,
      losses.inferer,
      previous.oneOutForecasterInferer,
    ),
    oneOutForecasterForecaster: foldRows(
      losses.oneOutForecaster,
      losses.forecaster,
      previous.oneOutForecasterForecaster,
    ),
    oneInForecasterInferer: foldRows(losses.oneInForecaster, losses.inferer, previous.oneInForecasterInferer),
    oneInForecasterSelf: previous.oneInForecasterSelf.map((regret, x) =>
      fold(losses.oneInForecaster[x]!, losses.forecaster[x]!, regret),
    ),
  };
}

/** [J][K] losses of forecaster k's implied inference without inferer x, from the [K][J] rows that exist. */
function impliedLosses(rows: Matrix, infererCount: number): MaybeNumber[][] {
  const present = rows.map((row) => row.some((loss) => loss !== null));
  return Array.from({ length: infererCount }, (_, x) =>
    rows.map((row, k) => (present[k] ? (row[x] ?? MISSING_IMPLIED_LOSS) : null)),
  );
}
