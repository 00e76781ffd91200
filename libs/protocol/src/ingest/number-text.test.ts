import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberTextProblem } from './number-text';

const free = { allowNegative: true };

describe('the text of a number', () => {
  it.each([
    '0',
    '-0',
    '12.5',
    '-12.5',
    '1e3',
    '1.25e-7',
    '1E+9',
    '007',
    '9'.repeat(38),
    `0.${'1'.repeat(38)}`,
    '1e308',
  ])('%s is taken', (text) => expect(numberTextProblem(text, free)).toBeUndefined());

  it.each([
    ...[
      '',
      ' ',
      '1 ',
      ' 1',
      '+1',
      '.5',
      '5.',
      '1e',
      'e5',
      '1.2.3',
      '1,5',
      '0x10',
      'NaN',
      'Infinity',
      '-',
      '1e1234',
    ],
    ...['1\n', '１', '1_000', '--1', '9'.repeat(39), `0.${'1'.repeat(39)}`],
  ])('%j is not', (text) => expect(numberTextProblem(text, free)).toContain('not a decimal'));

  it('must fit a double', () => {
    expect(numberTextProblem('1e309', free)).toContain('range');
    expect(numberTextProblem('-1e400', free)).toContain('range');
    expect(numberTextProblem('1e-400', free)).toBeUndefined();
  });

  it('has a longest length', () => {
    expect(numberTextProblem(`${'1'.repeat(31)}.${'1'.repeat(32)}`, free)).toBeUndefined();
    expect(numberTextProblem(`${'1'.repeat(32)}.${'1'.repeat(32)}`, free)).toContain('64');
  });

  it('below zero is for topics that allow it', () => {
    expect(numberTextProblem('-0.1', { allowNegative: false })).toContain('below zero');
    expect(numberTextProblem('-0', { allowNegative: false })).toBeUndefined();
  });

  it('of every finite double is taken', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(numberTextProblem(String(value), free)).toBeUndefined();
      }),
    );
  });
});
