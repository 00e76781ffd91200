import { numberTextProblem } from '@allora/protocol/ingest/number-text';

/** What a model said is no number that the network takes. */
export class AnswerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AnswerError';
  }
}

const LOOSE = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
const SHOWN_CHARS = 60;

export const shown = (text: string): string =>
  JSON.stringify(text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text);

/**
 * A number's text in the form that the network takes, digit for digit: only a plus sign, a bare point and the sign of a zero are
 * mended. No double is made on the way. Undefined for what is no finite decimal number.
 */
export function decimalOf(text: string): string | undefined {
  const match = LOOSE.exec(text.trim());
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent] = match;
  if (whole === '' && fraction === '') return undefined;
  const zero = !/[1-9]/.test(whole + fraction);
  const digits = `${whole || '0'}${fraction === '' ? '' : `.${fraction}`}`;
  const text10 = `${sign === '-' && !zero ? '-' : ''}${digits}${exponent === undefined ? '' : `e${exponent}`}`;
  return numberTextProblem(text10, { allowNegative: true }) === undefined ? text10 : undefined;
}

/** The shortest text of a double that reads back as the same. */
export function textOfDouble(value: number): string {
  if (!Number.isFinite(value)) throw new AnswerError(`${value} is no finite number`);
  return value === 0 ? '0' : String(value);
}
