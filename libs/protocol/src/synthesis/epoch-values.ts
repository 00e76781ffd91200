import { maxAbs, mean, saturate } from '../numeric';
import type { SynthesisParams } from '../params';
import type { MaybeNumber, Matrix } from '../regret/regret-table';
import { forecastImplied } from './forecast-implied';

/** Below 1/scale of the range of doubles, sums of weighted inferences cannot overflow. */
const HUGE_INFERENCE = 2 ** 980;
const HUGE_SCALE = 2 ** -40;

/** Everything the rows of section 4 share. Inferences are multiplied by `scale`, a power of two. */
export interface EpochValues {
  readonly scale: number;
  readonly allNew: boolean;
  readonly initialRegret: number;
  readonly params: SynthesisParams;
  readonly inferences: Float64Array;
  /** Indexes of the forecasters that have a forecast-implied inference: the set K. */
  readonly contributing: readonly number[];
  /** FII_k by forecaster index; 0 where k is not in K. */
  readonly implied: Float64Array;
  /** FII_k^{-x} by forecaster index, then withheld inferer; empty where k is not in K. */
  readonly impliedWithout: readonly Float64Array[];
}

/** Prepares the values of an epoch that has a previous network loss and at least two inferences. */
export function prepareEpoch(
  input: {
    readonly inferences: readonly number[];
    readonly forecasts: Matrix;
    readonly networkLoss: number;
    readonly initialRegret: number;
  },
  params: SynthesisParams,
): EpochValues {
  const scale = maxAbs(input.inferences) > HUGE_INFERENCE ? HUGE_SCALE : 1;
  const inferences = Float64Array.from(input.inferences, (x) => x * scale);
  const allNew = input.initialRegret === 0;
  const context = { inferences, networkLoss: input.networkLoss, allNew, params };
  const results = input.forecasts.map((forecast) => forecastImplied(forecast, context));
  return {
    scale,
    allNew,
    initialRegret: input.initialRegret,
    params,
    inferences,
    contributing: results.flatMap((result, k) => (result.value === null ? [] : [k])),
    implied: Float64Array.from(results, (result) => result.value ?? 0),
    impliedWithout: results.map((result) => result.without),
  };
}

/** Takes a value of the scaled epoch back to the unit of the inferences. */
export function unscale(epoch: EpochValues, x: number): number {
  return saturate(x / epoch.scale);
}

/** Puts the values of K back in the places of all forecasters, null for those that dropped out. */
export function spreadOverForecasters(
  epoch: EpochValues,
  valueOf: (forecaster: number, position: number) => number,
): MaybeNumber[] {
  const out: MaybeNumber[] = new Array<MaybeNumber>(epoch.implied.length).fill(null);
  epoch.contributing.forEach((k, position) => {
    out[k] = valueOf(k, position);
  });
  return out;
}

/** Mean of the inferences: what every blend becomes while the topic is all new. */
export function meanInference(epoch: EpochValues): number {
  return mean(epoch.inferences);
}
