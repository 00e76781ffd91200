import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberTextProblem } from './number-text';

const free = { allowNegative: true };

describe('the text of a number', () => {
  it.each([
    ['zero', '0'],
    ['a fraction', '12.5'],
    ['below zero', '-12.5'],
    ['with an exponent', '1e3'],
    ['with a negative exponent', '1.25e-7'],
    ['with a signed exponent', '1E+9'],
    ['with leading zeros', '007'],
    ['at the limit of digits before the point', '9'.repeat(38)],
    ['at the limit of digits behind the point', `0.${'1'.repeat(38)}`],
    ['near the largest double', '1e308'],
    ['the largest double', '1.7976931348623157e308'],
    ['the smallest double', '5e-324'],
    ['below the smallest double, which is zero', '1e-400'],
  ])('may be %s: %s', (_, text) => expect(numberTextProblem(text, free)).toBeUndefined());

  it.each([
    ['empty', ''],
    ['a space', ' '],
    ['followed by a space', '1 '],
    ['led by a space', ' 1'],
    ['followed by a line end', '1\n'],
    ['led by a line', '\n1'],
    ['led by a byte order mark', '\uFEFF1'],
    ['followed by a zero byte', '1\0'],
    ['with a plus sign', '+1'],
    ['without digits before the point', '.5'],
    ['without digits behind the point', '1.'],
    ['without an exponent behind its e', '1e'],
    ['only an exponent', 'e5'],
    ['with a broken exponent', '1e1.5'],
    ['with two points', '1.2.3'],
    ['with a comma', '1,5'],
    ['with separators', '1_000'],
    ['hexadecimal', '0x10'],
    ['octal', '0o17'],
    ['binary', '0b1'],
    ['a big integer', '1n'],
    ['not a number', 'NaN'],
    ['infinite', 'Infinity'],
    ['infinite below zero', '-Infinity'],
    ['infinite in short', 'inf'],
    ['a sign alone', '-'],
    ['with two signs', '--1'],
    ['with a minus of typesetters', '\u22121'],
    ['in fullwidth digits', '\uFF11'],
    ['in Arabic digits', '\u0661'],
    ['with an exponent of four digits', '1e1234'],
    ['with too many digits before the point', '9'.repeat(39)],
    ['with too many digits behind the point', `0.${'1'.repeat(39)}`],
    ['another word', 'null'],
  ])('may not be %s: %j', (_, text) => expect(numberTextProblem(text, free)).toContain('not a decimal'));

  it.each(['1e309', '1e400', '-1e400', '1.8e308', `${'9'.repeat(38)}e271`])(
    '%s does not fit a double',
    (text) => expect(numberTextProblem(text, free)).toContain('range'),
  );

  it.each(['-0', '-00', '-0.0', '-0.000', '-0e5', '-0E-5', '-1e-400', `-0.${'0'.repeat(37)}1e-300`])(
    '%s is no zero that everyone computes alike',
    (text) => {
      for (const allowNegative of [true, false])
        expect(numberTextProblem(text, { allowNegative })).toBe('is zero with a minus sign, expected 0');
    },
  );

  it('has a longest length', () => {
    expect(numberTextProblem(`${'1'.repeat(31)}.${'1'.repeat(32)}`, free)).toBeUndefined();
    expect(numberTextProblem(`${'1'.repeat(32)}.${'1'.repeat(32)}`, free)).toContain('64');
  });

  it('below zero is for topics that allow it', () => {
    expect(numberTextProblem('-0.1', { allowNegative: false })).toContain('below zero');
    expect(numberTextProblem('-5e-324', { allowNegative: false })).toContain('below zero');
    expect(numberTextProblem('0', { allowNegative: false })).toBeUndefined();
  });

  it('of every finite double is taken', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(numberTextProblem(String(value), free)).toBeUndefined();
      }),
    );
  });

  it('that is taken is one double, never a negative zero', () => {
    const texts = fc.stringMatching(/^-?\d{1,4}(\.\d{1,4})?([eE][+-]?\d{1,3})?$/);
    fc.assert(
      fc.property(texts, (text) => {
        const value = Number(text);
        const sound = Number.isFinite(value) && !Object.is(value, -0);
        expect(numberTextProblem(text, free) === undefined).toBe(sound);
      }),
    );
  });
});
