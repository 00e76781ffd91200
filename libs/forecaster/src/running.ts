/** An exponential mean that starts as a plain one, so that its first values do not weigh for ever. */
export interface RunningMean {
  readonly count: number;
  readonly mean: number;
}

export const emptyMean: RunningMean = { count: 0, mean: 0 };

/** `share` of each new value, from the epoch 1 / share on; 0 for a plain mean of all. */
export function withValue({ count, mean }: RunningMean, value: number, share: number): RunningMean {
  return { count: count + 1, mean: mean + Math.max(share, 1 / (count + 1)) * (value - mean) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
