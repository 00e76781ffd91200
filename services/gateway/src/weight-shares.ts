import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';

export interface WeightShares {
  /** Aligned with the inference's inferers and forecasters; null where the mode has no weights. */
  readonly inferers: readonly (number | null)[];
  readonly forecasters: readonly (number | null)[];
  /** (sum w)^2 / sum w^2: as many equal workers would give as even a mixture. */
  readonly effectiveWorkers: number;
}

/** Each worker's part of all weights, inferers and forecasters together. */
export function weightShares(inference: NetworkInference): WeightShares {
  const weights = [...inference.inferers, ...inference.forecasters].map(({ weight }) => weight);
  // Scaled first: the sum of weights, and of their squares, then stays in the range of doubles.
  const largest = weights.reduce<number>((max, weight) => Math.max(max, weight ?? 0), 0);
  if (largest === 0) {
    return {
      inferers: inference.inferers.map(() => null),
      forecasters: inference.forecasters.map(() => null),
      effectiveWorkers: inference.inferers.length,
    };
  }
  const scaled = weights.map((weight) => (weight === undefined ? null : weight / largest));
  const total = scaled.reduce<number>((sum, weight) => sum + (weight ?? 0), 0);
  const squares = scaled.reduce<number>((sum, weight) => sum + (weight ?? 0) ** 2, 0);
  const shares = scaled.map((weight) => (weight === null ? null : weight / total));
  return {
    inferers: shares.slice(0, inference.inferers.length),
    forecasters: shares.slice(inference.inferers.length),
    effectiveWorkers: total ** 2 / squares,
  };
}
