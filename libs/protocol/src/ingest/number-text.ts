/** Longest text of a submitted number; a double needs 24 characters at most, a chain decimal 58. */
export const MAX_NUMBER_TEXT_LENGTH = 64;

/** ASCII digits alone (`\d` without the `u` and `v` flags means no others), and the end of the text, not of a line. */
const DECIMAL = /^-?\d{1,38}(\.\d{1,38})?([eE][+-]?\d{1,3})?$/;

export interface NumberTextRule {
  readonly allowNegative: boolean;
}

/**
 * What is wrong with a submitted number; undefined when nothing is. Its text is kept, its double is computed with.
 *
 * A negative zero is refused, whether it is written so (`-0`, `-0.00`) or too small for a double (`-1e-400`). It equals zero but
 * is told apart by some sorts, by division and by encodings that leave zeros out, so that two machines could come to differ. To
 * refuse it here leaves nothing to remember wherever the text is read; the sender leaves the sign out.
 */
export function numberTextProblem(text: string, rule: NumberTextRule): string | undefined {
  if (text.length > MAX_NUMBER_TEXT_LENGTH) return `is longer than ${MAX_NUMBER_TEXT_LENGTH} characters`;
  if (!DECIMAL.test(text)) return 'is not a decimal number such as -12.5 or 1.25e-7';
  const value = Number(text);
  if (!Number.isFinite(value)) return 'is beyond the range of a double';
  if (Object.is(value, -0)) return 'is zero with a minus sign, expected 0';
  if (value < 0 && !rule.allowNegative) return 'is below zero, which this topic does not allow';
  return undefined;
}
