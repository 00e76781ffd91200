import { RefusalError } from '@allora/contracts/errors';
import { decimalToUallo, formatAllo, UALLO_DECIMALS } from '@allora/protocol/uallo';

export const TOKEN_DECIMALS = UALLO_DECIMALS;

export const VALUE_TYPES = ['uint256', 'int256'] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

const ranges: Readonly<Record<ValueType, readonly [min: bigint, max: bigint]>> = {
  uint256: [0n, 2n ** 256n - 1n],
  int256: [-(2n ** 255n), 2n ** 255n - 1n],
};

/**
 * A value times 10^18, truncated toward zero. What is scaled is the decimal that the value is shown as everywhere else, digit by
 * digit, so that no answer has digits that another lacks.
 */
export function fixedPoint(value: number, type: ValueType): bigint {
  const scaled = decimalToUallo(value);
  const [min, max] = ranges[type];
  if (scaled >= min && scaled <= max) return scaled;
  const remedy = scaled < 0n && type === 'uint256' ? '; ask with inference_value_type=int256' : '';
  throw new RefusalError('NOT_REPRESENTABLE', `${value} does not fit ${type} with 18 decimals${remedy}`, {
    inferenceValueType: type,
  });
}

/** With at least one decimal, as `formatUnits` of the EVM libraries prints. */
export function normalizedText(scaled: bigint): string {
  const text = formatAllo(scaled);
  return text.includes('.') ? text : `${text}.0`;
}
