import { ProtocolError } from '../errors';
import { clamp, weightedMean } from '../numeric';
import type { MaybeNumber, Row } from '../regret/regret-table';
import { requireAscending, requireLength, requireStakes } from '../shape';
import {
  COMBINED_COLUMN,
  layOutBundle,
  lossColumns,
  NAIVE_COLUMN,
  readBundle,
  requireLossBundle,
  type LossBundle,
} from './loss-table';

/** The accepted bundles of an epoch's M reputers; ids ascending, arrays aligned. */
export interface ReportedLosses {
  readonly inferers: readonly string[];
  readonly forecasters: readonly string[];
  readonly reputers: readonly string[];
  /** [M], own plus delegated stake in the topic; any one unit. */
  readonly stakes: readonly number[];
  readonly bundles: readonly LossBundle[];
}

export function checkReportedLosses(input: ReportedLosses): void {
  requireAscending('inferers', input.inferers);
  requireAscending('forecasters', input.forecasters);
  requireAscending('reputers', input.reputers);
  requireLength('stakes', input.stakes.length, input.reputers.length);
  requireStakes('stakes', input.stakes);
  requireLength('bundles', input.bundles.length, input.reputers.length);
  input.bundles.forEach((bundle, m) => {
    requireLossBundle(`bundles[${m}]`, bundle, input.inferers.length, input.forecasters.length);
  });
}

/**
 * Section 5: the stake-weighted mean log10 loss of every entry over the reputers that reported it. One-outs and
 * one-ins are kept only for workers that somebody gave a plain loss. Throws ZERO_STAKE if no stake stands behind the
 * combined and naive losses.
 */
export function networkLosses(input: ReportedLosses): LossBundle {
  checkReportedLosses(input);
  const columns = lossColumns(input.inferers.length, input.forecasters.length);
  const means = meanColumns(input, columns.count, (bundle, row) => layOutBundle(bundle, columns, row, 0));
  if (Number.isNaN(means[COMBINED_COLUMN]) || Number.isNaN(means[NAIVE_COLUMN])) {
    throw new ProtocolError(
      'ZERO_STAKE',
      'no reputer with stake reported losses; wait for one before closing',
    );
  }
  return keepKnownWorkers(readBundle(means, columns));
}

/** Columns whose plain sums left this range are computed again on scaled values. */
const SUM_MIN = 1e-270;
const SUM_MAX = 1e300;

function meanColumns(
  input: ReportedLosses,
  count: number,
  layOut: (bundle: LossBundle, row: Float64Array) => void,
): Float64Array {
  const row = new Float64Array(count);
  const numerators = new Float64Array(count);
  const denominators = new Float64Array(count);
  const lows = new Float64Array(count).fill(Infinity);
  const highs = new Float64Array(count).fill(-Infinity);
  for (let m = 0; m < input.bundles.length; m += 1) {
    const stake = input.stakes[m]!;
    if (stake === 0) continue;
    layOut(input.bundles[m]!, row);
    for (let d = 0; d < count; d += 1) {
      const loss = row[d]!;
      if (Number.isNaN(loss)) continue;
      numerators[d] = numerators[d]! + stake * loss;
      denominators[d] = denominators[d]! + stake;
      if (loss < lows[d]!) lows[d] = loss;
      if (loss > highs[d]!) highs[d] = loss;
    }
  }
  const means = new Float64Array(count);
  const strayed: number[] = [];
  for (let d = 0; d < count; d += 1) {
    const size = Math.abs(numerators[d]!);
    const stake = denominators[d]!;
    if (stake === 0) means[d] = NaN;
    else if (
      size < SUM_MAX &&
      stake < SUM_MAX &&
      stake > SUM_MIN &&
      (size > SUM_MIN || lows[d] === highs[d])
    ) {
      means[d] = clamp(numerators[d]! / stake, lows[d]!, highs[d]!);
    } else strayed.push(d);
  }
  if (strayed.length > 0) meanStrayedColumns(input, strayed, row, layOut, means);
  return means;
}

/** The columns whose sums overflow or underflow, or cancel to nothing. Rare; memory is M times their number. */
function meanStrayedColumns(
  input: ReportedLosses,
  strayed: readonly number[],
  row: Float64Array,
  layOut: (bundle: LossBundle, row: Float64Array) => void,
  means: Float64Array,
): void {
  const cells = input.bundles.map((bundle) => {
    layOut(bundle, row);
    return Float64Array.from(strayed, (d) => row[d]!);
  });
  strayed.forEach((d, at) => {
    const reporters = cells.flatMap((losses, m) => (Number.isNaN(losses[at]!) ? [] : [m]));
    const losses = reporters.map((m) => cells[m]![at]!);
    means[d] =
      weightedMean(
        losses,
        reporters.map((m) => input.stakes[m]!),
      ) ?? NaN;
  });
}

function keepWhereKnown(row: Row, known: Row): MaybeNumber[] {
  return row.map((x, i) => (known[i] === null ? null : x));
}

function keepKnownWorkers(bundle: LossBundle): LossBundle {
  const { inferer, forecaster } = bundle;
  return {
    ...bundle,
    oneOutInferer: keepWhereKnown(bundle.oneOutInferer, inferer),
    oneOutForecaster: keepWhereKnown(bundle.oneOutForecaster, forecaster),
    oneInForecaster: keepWhereKnown(bundle.oneInForecaster, forecaster),
    oneOutInfererForecaster: bundle.oneOutInfererForecaster.map((row, k) =>
      forecaster[k] === null ? row.map(() => null) : keepWhereKnown(row, inferer),
    ),
  };
}
