import { median, saturate } from '../numeric';
import { LONE_ELEMENT_IGNORES_WITHHOLDING } from '../reference-profile';
import type { MaybeNumber, Row } from '../regret/regret-table';
import { blendGroup, createGroup, pushMember, weighGroup, type Group, type WeightParams } from './weights';

/** What every forecast of the epoch is judged against. */
export interface ForecastContext {
  /** I_j, scaled as the whole epoch is. */
  readonly inferences: Float64Array;
  /** The topic's latest combined log10 loss. */
  readonly networkLoss: number;
  readonly allNew: boolean;
  readonly params: WeightParams;
}

/** E_k with the forecasted regrets R_kj = L_prev - f_kj (section 3). */
interface Forecast {
  readonly members: readonly number[];
  readonly regrets: Float64Array;
}

function readForecast(forecast: Row, context: ForecastContext): Forecast {
  const members: number[] = [];
  for (let j = 0; j < forecast.length; j += 1) if (forecast[j] !== null) members.push(j);
  const regrets = Float64Array.from(members, (j) => saturate(context.networkLoss - forecast[j]!));
  return { members, regrets };
}

function blendForecast(forecast: Forecast, withheld: number, context: ForecastContext, group: Group): number {
  group.count = 0;
  for (let e = 0; e < forecast.members.length; e += 1) {
    const j = forecast.members[e]!;
    if (j !== withheld) pushMember(group, context.inferences[j]!, forecast.regrets[e]!);
  }
  weighGroup(group, context.params);
  return blendGroup(group, 0);
}

const NOBODY = -1;

function implyInference(forecast: Forecast, context: ForecastContext, group: Group): MaybeNumber {
  const { members } = forecast;
  if (members.length === 0) return null;
  if (context.allNew) return median(members.map((j) => context.inferences[j]!));
  if (members.length === 1) return context.inferences[members[0]!]!;
  return blendForecast(forecast, NOBODY, context, group);
}

/** A forecast-implied inference of one forecaster, with and without each inferer. */
export interface ImpliedInference {
  /** FII_k, or null: the forecaster is dropped from the epoch. */
  readonly value: MaybeNumber;
  /** FII_k^{-x} for every inferer x, only if `value` is not null. */
  readonly without: Float64Array;
}

/**
 * Section 3: the inference implied by forecaster k's expected losses, and the same with each inferer x withheld.
 * `forecast` is [J], null where k did not forecast; a forecaster that forecast nobody has no implied inference.
 */
export function forecastImplied(forecast: Row, context: ForecastContext): ImpliedInference {
  const known = readForecast(forecast, context);
  const group = createGroup(known.members.length);
  const value = implyInference(known, context, group);
  if (value === null) return { value, without: new Float64Array(0) };
  // Only withholding a member of the forecast changes its group.
  const without = new Float64Array(context.inferences.length).fill(value);
  const lone = known.members.length === 1 && LONE_ELEMENT_IGNORES_WITHHOLDING;
  if (!context.allNew && !lone) {
    for (const x of known.members) without[x] = blendForecast(known, x, context, group);
  }
  return { value, without };
}
