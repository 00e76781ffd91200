import { createAccount } from '@allora/identity/account';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalOf, textOfDouble } from './decimal';
import { parseLossless } from './lossless-json';
import { parseForecast, parseInference, parseTruth } from './parse-answer';

const [one, two] = [createAccount().address, createAccount().address];
const long = '12.3456789012345678901234567890123456';

describe('an inference', () => {
  it.each([
    ['123.4', '123.4'],
    ['"123.4"\n', '123.4'],
    [' -7\r\n', '-7'],
    ['{"value": "1.50"}', '1.50'],
    [`{"value": ${long}}`, long],
    [long, long],
    ['1.25E-7', '1.25e-7'],
    ['+.5', '0.5'],
    ['5.', '5'],
    ['-0.00', '0.00'],
  ])('%j is %s, digit for digit', (body, value) => {
    expect(parseInference(body)).toBe(value);
  });

  it.each([
    '',
    ' ',
    'NaN',
    'Infinity',
    '1e999',
    '1,234.5',
    '{"value": null}',
    '[1]',
    '{"values": 1}',
    '0x10',
    '1.2.3',
  ])('%j is none', (body) => {
    expect(() => parseInference(body)).toThrow(/expected a finite decimal number/);
  });

  it('of any double is its shortest text, and reads back as the same', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = textOfDouble(value);
        return decimalOf(text) === text && Object.is(Number(text), value === 0 ? 0 : value);
      }),
    );
  });
});

describe('a forecast', () => {
  it.each([
    ['the object of lists', `{"${one}": [-1.25, 9], "${two}": []}`],
    ['numbers', `{"${one}": -1.25}`],
    ['the wrapped form', `{"forecasts": {"${one}": "-1.25"}}`],
    ['the list form', `[{"worker": "${one}", "value": -1.25}, {"inferer": "${one}", "value": 3}]`],
  ])('may be %s', (_name, body) => {
    expect(parseForecast(body)).toEqual([{ inferer: one, value: '-1.25' }]);
  });

  it('keeps its digits, and may be empty', () => {
    expect(parseForecast(`{"${one}": [0.000000000000123456789012345678901234]}`)[0]!.value).toBe(
      '0.000000000000123456789012345678901234',
    );
    expect(parseForecast('[]')).toEqual([]);
    expect(parseForecast('{}')).toEqual([]);
  });

  it.each(['', '7', '{"allo1nobody": 1}', '[1]', `{"${one}": "high"}`, `{"${one}": [null]}`])(
    '%s is none',
    (body) => {
      expect(() => parseForecast(body)).toThrow(/loss|worker/);
    },
  );
});

describe('a true value', () => {
  it.each([
    ['"64,123.45"', '64123.45'],
    ['1.234.567', '1.234567'],
    [' "7" ', '7'],
    ['{"value": 3.10}', '3.10'],
    [long, long],
  ])('%s is %s', (body, value) => {
    expect(parseTruth(body)).toBe(value);
  });

  it.each(['', 'n/a', '""'])('%j is none', (body) => {
    expect(() => parseTruth(body)).toThrow(/expected a true value/);
  });
});

describe('lossless JSON', () => {
  it('has its numbers as texts, and all else as it is', () => {
    expect(parseLossless('{"a": [1.10, -2e5, "3", "4\\"5"], "6": true, "7": null}')).toEqual({
      a: ['1.10', '-2e5', '3', '4"5'],
      6: true,
      7: null,
    });
    expect(() => parseLossless('{1: 2}')).toThrow(SyntaxError);
  });
});
