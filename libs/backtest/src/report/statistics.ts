/** A mean with the interval that holds the true one with 95 % confidence. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

const RESAMPLES = 2_000;
const TAIL = 0.025;

/**
 * Mean of a series whose neighbours hang together, as those of epochs do: by a circular block bootstrap with blocks of the cube root
 * of the length. The same seed gives the same interval. Null for fewer than two numbers.
 */
export function blockBootstrap(series: readonly number[], seed: number): Estimate | null {
  const count = series.length;
  if (count < 2) return null;
  const random = randomNumbers(seed);
  const block = Math.max(1, Math.round(Math.cbrt(count)));
  const means = Float64Array.from({ length: RESAMPLES }, () => {
    let total = 0;
    for (let taken = 0; taken < count;) {
      const start = Math.floor(random() * count);
      for (let i = 0; i < block && taken < count; i += 1, taken += 1) total += series[(start + i) % count]!;
    }
    return total / count;
  }).sort();
  return {
    mean: meanOf(series),
    low: means[Math.floor(TAIL * RESAMPLES)]!,
    high: means[Math.ceil((1 - TAIL) * RESAMPLES) - 1]!,
    count,
  };
}

export const meanOf = (series: readonly number[]): number =>
  series.reduce((sum, x) => sum + x, 0) / series.length;

export const known = (values: readonly (number | null)[]): number[] =>
  values.filter((value) => value !== null);

/** Of those that are known; null where none is. */
export function meanOfKnown(values: readonly (number | null)[]): number | null {
  const numbers = known(values);
  return numbers.length === 0 ? null : meanOf(numbers);
}

/** Mulberry32: uniform in [0, 1), of 32 bits. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
