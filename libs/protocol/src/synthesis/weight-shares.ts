import type { MaybeNumber } from '../regret/regret-table';

export interface WeightShares {
  /** Aligned with the weights; null where there is none. */
  readonly shares: readonly MaybeNumber[];
  /** (sum w)^2 / sum w^2: as many equal workers would give as even a mixture; null where all weights are zero or unknown. */
  readonly effectiveWorkers: number | null;
}

/** Each worker's part of all weights, inferers and forecasters together. */
export function weightShares(weights: readonly MaybeNumber[]): WeightShares {
  // Scaled first: the sum of weights, and of their squares, then stays in the range of doubles.
  const largest = weights.reduce<number>((max, weight) => Math.max(max, weight ?? 0), 0);
  if (largest === 0) return { shares: weights.map(() => null), effectiveWorkers: null };
  const scaled = weights.map((weight) => (weight === null ? null : weight / largest));
  const total = scaled.reduce<number>((sum, weight) => sum + (weight ?? 0), 0);
  const squares = scaled.reduce<number>((sum, weight) => sum + (weight ?? 0) ** 2, 0);
  return {
    shares: scaled.map((weight) => (weight === null ? null : weight / total)),
    effectiveWorkers: total ** 2 / squares,
  };
}
