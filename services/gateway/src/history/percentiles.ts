import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { weightedPercentiles } from '@allora/protocol/synthesis/confidence-interval';
import { weighedValues } from '../inference-view';

/** Values of the combined row at any percentiles, by the network's own rule; none where it gave no weights. */
export function percentilesOf(inference: NetworkInference, asked: readonly number[]) {
  if (inference.confidenceValues.length === 0) return [];
  const rows = weighedValues(inference);
  const values = weightedPercentiles(
    rows.map(({ value }) => value),
    rows.map(({ weight }) => weight ?? 0),
    asked,
  );
  return asked.map((percentile, i) => ({ percentile, value: values[i]! }));
}
