/** Longest text of a submitted number; a double needs 24 characters at most, a chain decimal 58. */
export const MAX_NUMBER_TEXT_LENGTH = 64;

const DECIMAL = /^-?\d{1,38}(\.\d{1,38})?([eE][+-]?\d{1,3})?$/;

export interface NumberTextRule {
  readonly allowNegative: boolean;
}

/** What is wrong with a submitted number; undefined when nothing is. Its text is kept, its double is computed with. */
export function numberTextProblem(text: string, rule: NumberTextRule): string | undefined {
  if (text.length > MAX_NUMBER_TEXT_LENGTH) return `is longer than ${MAX_NUMBER_TEXT_LENGTH} characters`;
  if (!DECIMAL.test(text)) return 'is not a decimal number such as -12.5 or 1.25e-7';
  const value = Number(text);
  if (!Number.isFinite(value)) return 'is beyond the range of a double';
  if (value < 0 && !rule.allowNegative) return 'is below zero, which this topic does not allow';
  return undefined;
}
