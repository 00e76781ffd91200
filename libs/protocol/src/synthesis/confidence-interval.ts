import { ProtocolError } from '../errors';
import { interpolate, maxAbs, scaleTo1 } from '../numeric';
import type { Group } from './weights';

/** Mean and one and two standard deviations to either side, of a normal distribution, in percent (section 4). */
export const CONFIDENCE_PERCENTAGES = [2.28, 15.87, 50, 84.13, 97.72] as const;

/** Values of the combined row at the five percentages, weighed by the combined weights (section 4). */
export function confidenceValues(group: Group): number[] {
  const { count, values, weights } = group;
  return weightedPercentiles(values.subarray(0, count), weights.subarray(0, count), CONFIDENCE_PERCENTAGES);
}

/**
 * Weighted percentiles of section 1: values at `percentages` (0..100), by linear interpolation between the mid-points
 * of the running weights. Equal values keep their order (inferers by id, then forecasters by id): with unequal weights the
 * order decides how far from the next value their last mid-point lies.
 */
export function weightedPercentiles(
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
  percentages: readonly number[],
): number[] {
  const order = Array.from({ length: values.length }, (_, a) => a).sort((a, b) => values[a]! - values[b]!);
  const scale = scaleTo1(maxAbs(weights) || 1);
  let total = 0;
  const positions = order.map((a) => {
    const w = weights[a]! * scale;
    total += w;
    return total - w / 2;
  });
  if (!(total > 0))
    throw new ProtocolError('ZERO_WEIGHTS', 'all weights are 0; give at least one value a weight');
  const last = order.length - 1;
  return percentages.map((percentage) => {
    const target = percentage / 100;
    if (target <= positions[0]! / total) return values[order[0]!]!;
    if (target >= positions[last]! / total) return values[order[last]!]!;
    let a = 0;
    while (positions[a + 1]! / total <= target) a += 1;
    const from = positions[a]! / total;
    const to = positions[a + 1]! / total;
    return interpolate(values[order[a]!]!, values[order[a + 1]!]!, (target - from) / (to - from));
  });
}
