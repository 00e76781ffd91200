import { hexOf } from '@allora/identity/hex';
import { asUint256 } from '@allora/identity/evm-abi';
import type { EvmInference } from '@allora/identity/evm-inference';
import { fixedPoint, normalizedText, type ValueType } from './fixed-point';

/** 2.28, 15.87, 50, 84.13 and 97.72 percent. */
const PERCENTILES = [
  2_280_000_000_000_000_000n,
  15_870_000_000_000_000_000n,
  50_000_000_000_000_000_000n,
  84_130_000_000_000_000_000n,
  97_720_000_000_000_000_000n,
] as const;

/**
 * Signed with a value that may be negative: a contract that reads words without a sign, and looks at the extra data, never takes
 * one for a huge number.
 */
const extraDataOf: Readonly<Record<ValueType, Uint8Array>> = {
  uint256: new Uint8Array(),
  int256: new TextEncoder().encode('int256'),
};

export interface InferenceParts {
  readonly topicId: number;
  readonly combined: number;
  /** One for each percentile, or none. */
  readonly confidenceValues: readonly number[];
  readonly valueType: ValueType;
  readonly timestampSeconds: number;
}

export interface InferenceData {
  readonly body: ReturnType<typeof bodyOf>;
  readonly signed: EvmInference;
}

/** A network inference in the form of the client libraries, and the same for signing. */
export function inferenceData(parts: InferenceParts): InferenceData {
  const { topicId, combined, confidenceValues, valueType, timestampSeconds } = parts;
  const value = fixedPoint(combined, valueType);
  const values = confidenceValues.map((x) => fixedPoint(x, valueType));
  // Contracts refuse two lists of different lengths.
  const [percentiles, interval] = values.length === PERCENTILES.length ? [PERCENTILES, values] : [[], []];
  const extraData = extraDataOf[valueType];
  return {
    body: bodyOf({ value, percentiles, interval, topicId, timestampSeconds, extraData }),
    signed: {
      networkInference: asUint256(value),
      timestamp: BigInt(timestampSeconds),
      topicId: BigInt(topicId),
      extraData,
      confidenceIntervalPercentiles: percentiles,
      confidenceIntervalValues: interval.map(asUint256),
    },
  };
}

interface BodyParts {
  readonly value: bigint;
  readonly percentiles: readonly bigint[];
  readonly interval: readonly bigint[];
  readonly topicId: number;
  readonly timestampSeconds: number;
  readonly extraData: Uint8Array;
}

const bodyOf = ({ value, percentiles, interval, topicId, timestampSeconds, extraData }: BodyParts) => ({
  network_inference: value.toString(),
  network_inference_normalized: normalizedText(value),
  confidence_interval_percentiles: percentiles.map(String),
  confidence_interval_percentiles_normalized: percentiles.map(normalizedText),
  confidence_interval_values: interval.map(String),
  confidence_interval_values_normalized: interval.map(normalizedText),
  topic_id: String(topicId),
  timestamp: timestampSeconds,
  extra_data: `0x${hexOf(extraData)}`,
});
