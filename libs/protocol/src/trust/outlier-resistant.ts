import { clamp, mean, median, saturate, weightedMean } from '../numeric';

/** A value this many median absolute deviations from the median is left out: the network's published threshold. */
export const OUTLIER_THRESHOLD = 11;

export interface OutlierResistant {
  /** In the unit of the values. */
  readonly value: number;
  /** Places of the values that were left out, ascending. */
  readonly leftOut: readonly number[];
}

/**
 * The weighed mean of the values without outliers: one that lies further from the median than `threshold` median absolute
 * deviations counts as one. With `weights` null, or none above 0 among those kept, their plain mean. At least half of the values
 * stay, so the result lies within the range of the kept ones, and fewer than half of them cannot move it beyond the others' reach.
 */
export function outlierResistant(
  values: readonly number[],
  weights: readonly number[] | null,
  threshold = OUTLIER_THRESHOLD,
): OutlierResistant | null {
  if (values.length === 0) return null;
  const centre = median(values);
  const distances = values.map((value) => saturate(Math.abs(value - centre)));
  const farthest = saturate(threshold * median(distances));
  const kept = values.flatMap((_, i) => (distances[i]! <= farthest ? [i] : []));
  const leftOut = values.flatMap((_, i) => (distances[i]! <= farthest ? [] : [i]));
  const keptValues = kept.map((i) => values[i]!);
  const weighed =
    weights &&
    weightedMean(
      keptValues,
      kept.map((i) => weights[i]!),
    );
  const value = clamp(weighed ?? mean(keptValues), Math.min(...keptValues), Math.max(...keptValues));
  return { value, leftOut };
}
