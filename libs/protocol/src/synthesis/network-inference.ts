import { ProtocolError } from '../errors';
import { median, saturate } from '../numeric';
import { checkParams, SYNTHESIS_PARAMETERS, type SynthesisParams } from '../params';
import { NAIVE_WITHOUT_LOSSES } from '../reference-profile';
import {
  emptyRow,
  requireRegretTable,
  type Matrix,
  type MaybeNumber,
  type RegretTable,
} from '../regret/regret-table';
import { requireAscending, requireLength, requireMatrix } from '../shape';
import { confidenceValues } from './confidence-interval';
import {
  meanInference,
  prepareEpoch,
  spreadOverForecasters,
  unscale,
  type EpochValues,
} from './epoch-values';
import {
  combinedGroup,
  naiveInference,
  oneInForecasters,
  oneOutForecasters,
  oneOutInferers,
} from './one-out';
import { blendGroup } from './weights';

/** One epoch of a topic: J inferers, K forecasters, ids ascending, arrays aligned with them. */
export interface SynthesisInput {
  readonly inferers: readonly string[];
  /** [J], in the topic's own unit. */
  readonly inferences: readonly number[];
  readonly forecasters: readonly string[];
  /** [K][J] expected log10 losses; null = not forecast. */
  readonly forecasts: Matrix;
  /** The topic's latest combined log10 loss; null = none yet. */
  readonly networkLoss: number | null;
  /** r0; exactly 0 while no worker counts as experienced. */
  readonly initialRegret: number;
  readonly regrets: RegretTable;
}

export type SynthesisMode = 'weighted' | 'all_new' | 'median' | 'single';

/** Values in the unit of the inferences; weights in [0, p]. Forecasters without an implied inference have null. */
export interface NetworkInference {
  readonly mode: SynthesisMode;
  readonly combined: number;
  readonly naive: number;
  readonly forecastImplied: readonly MaybeNumber[];
  readonly infererWeights: readonly number[] | null;
  readonly forecasterWeights: readonly MaybeNumber[] | null;
  readonly oneOutInferer: readonly number[] | null;
  /** Null with fewer than two implied inferences, as is `oneInForecaster`. */
  readonly oneOutForecaster: readonly MaybeNumber[] | null;
  readonly oneInForecaster: readonly MaybeNumber[] | null;
  /** [J][K], row = withheld inferer. */
  readonly oneOutInfererForecastImplied: readonly (readonly MaybeNumber[])[] | null;
  /** At 2.28, 15.87, 50, 84.13 and 97.72 percent, or empty. */
  readonly confidenceValues: readonly number[];
}

/**
 * Section 4 (whitepaper: inference synthesis): the network inference of one epoch with its naive, one-out and one-in
 * counterparts, weights and confidence interval. Throws NO_INFERENCES for an epoch without inferences.
 */
export function synthesize(input: SynthesisInput, params: SynthesisParams): NetworkInference {
  checkParams(params, SYNTHESIS_PARAMETERS);
  checkSynthesisInput(input);
  const { inferences, networkLoss } = input;
  if (inferences.length === 0) {
    throw new ProtocolError(
      'NO_INFERENCES',
      'the epoch has no inferences; synthesize only sets of at least one',
    );
  }
  if (inferences.length === 1) return unweighed(input, 'single', inferences[0]!, inferences[0]!);
  if (networkLoss === null) return unweighed(input, 'median', median(inferences), NAIVE_WITHOUT_LOSSES);
  return weighed(prepareEpoch({ ...input, networkLoss }, params), input.regrets);
}

function checkSynthesisInput(input: SynthesisInput): void {
  const { inferers, forecasters } = input;
  requireAscending('inferers', inferers);
  requireAscending('forecasters', forecasters);
  requireLength('inferences', input.inferences.length, inferers.length);
  requireMatrix('forecasts', input.forecasts, forecasters.length, inferers.length);
  requireRegretTable(input.regrets, inferers.length, forecasters.length);
}

function unweighed(
  input: SynthesisInput,
  mode: SynthesisMode,
  combined: number,
  naive: number,
): NetworkInference {
  return {
    mode,
    combined,
    naive,
    forecastImplied: emptyRow(input.forecasters.length),
    infererWeights: null,
    forecasterWeights: null,
    oneOutInferer: null,
    oneOutForecaster: null,
    oneInForecaster: null,
    oneOutInfererForecastImplied: null,
    confidenceValues: [],
  };
}

function weighed(epoch: EpochValues, regrets: RegretTable): NetworkInference {
  const group = combinedGroup(epoch, regrets);
  const infererCount = epoch.inferences.length;
  const combined = epoch.allNew ? meanInference(epoch) : blendGroup(group, epoch.params.epsilonSafeDiv);
  const restore = (x: number): number => unscale(epoch, x);
  const restoreOverK = (values: Float64Array | null): MaybeNumber[] | null =>
    values && spreadOverForecasters(epoch, (_, position) => restore(values[position]!));
  return {
    mode: epoch.allNew ? 'all_new' : 'weighted',
    combined: restore(combined),
    naive: restore(naiveInference(epoch, regrets)),
    forecastImplied: spreadOverForecasters(epoch, (k) => restore(epoch.implied[k]!)),
    infererWeights: Array.from(group.weights.subarray(0, infererCount)),
    forecasterWeights: spreadOverForecasters(epoch, (_, position) => group.weights[infererCount + position]!),
    oneOutInferer: Array.from(oneOutInferers(epoch, regrets), restore),
    oneOutForecaster: restoreOverK(oneOutForecasters(epoch, regrets)),
    oneInForecaster: restoreOverK(oneInForecasters(epoch, regrets)),
    oneOutInfererForecastImplied: Array.from({ length: infererCount }, (_, x) =>
      spreadOverForecasters(epoch, (k) => restore(epoch.impliedWithout[k]![x]!)),
    ),
    confidenceValues: confidenceValues(group).map((x) => saturate(restore(x))),
  };
}
