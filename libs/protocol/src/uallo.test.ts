import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyFinite } from '../test/arbitraries';
import {
  alloToUallo,
  decimalToUallo,
  formatAllo,
  parseAllo,
  plainDecimal,
  scaleDouble,
  splitUallo,
  truncateToBigint,
  ualloToAllo,
  UALLO_PER_ALLO,
} from './uallo';

const amounts = fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n });

describe('decimal ALLO', () => {
  it('reads and writes every amount exactly', () => {
    fc.assert(fc.property(amounts, (uallo) => parseAllo(formatAllo(uallo)) === uallo));
    expect(parseAllo('1.5')).toBe(1_500_000_000_000_000_000n);
    expect(parseAllo('-0.000000000000000001')).toBe(-1n);
    expect(formatAllo(10n ** 27n)).toBe('1000000000');
    expect(formatAllo(-1_050_000_000_000_000_000n)).toBe('-1.05');
  });

  it.each(['', '.5', '1.', '1e3', '+1', ' 1', '0x10', '1,5', 'NaN', '0.0000000000000000001'])(
    'refuses %j',
    (text) => {
      expect(() => parseAllo(text)).toThrowError(expect.objectContaining({ code: 'INVALID_AMOUNT' }));
    },
  );
});

describe('doubles', () => {
  it('convert by their exact binary value, toward zero', () => {
    expect(alloToUallo(0.1)).toBe(100_000_000_000_000_005n);
    expect(alloToUallo(-0.1)).toBe(-100_000_000_000_000_005n);
    expect(alloToUallo(2 ** -60)).toBe(0n);
    expect(truncateToBigint(-1.9)).toBe(-1n);
    expect(truncateToBigint(1e23)).toBe(99_999_999_999_999_991_611_392n);
    expect(scaleDouble(5e-324, 2n ** 1074n)).toBe(1n);
    expect(() => alloToUallo(NaN)).toThrowError(expect.objectContaining({ code: 'NOT_FINITE' }));
  });

  it('come back from uallo as the nearest double', () => {
    expect(ualloToAllo(parseAllo('0.1'))).toBe(0.1);
    expect(ualloToAllo(UALLO_PER_ALLO / 3n)).toBe(0.333333333333333333);
  });

  it('print without an exponent and read back', () => {
    expect(plainDecimal(1e21)).toBe('1000000000000000000000');
    expect(plainDecimal(1.5e-7)).toBe('0.00000015');
    expect(plainDecimal(-1.25e22)).toBe('-12500000000000000000000');
    fc.assert(
      fc.property(anyFinite, (x) => {
        expect(plainDecimal(x)).toMatch(/^-?\d+(\.\d+)?$/);
        expect(Number(plainDecimal(x))).toBe(x === 0 ? 0 : x);
      }),
    );
  });

  it('enter fixed point by the digits they print', () => {
    expect(decimalToUallo(0.009488792934583046)).toBe(9_488_792_934_583_046n);
    expect(decimalToUallo(1e-19)).toBe(0n);
    expect(decimalToUallo(-2.5)).toBe(-2_500_000_000_000_000_000n);
  });
});

describe('splitUallo', () => {
  it('loses nothing and gives nobody more than a proportion', () => {
    const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 30n }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), weights, (amount, parts) => {
        const { partsUallo, remainderUallo } = splitUallo(amount, parts);
        const total = parts.reduce((a, b) => a + b, 0n);
        expect(partsUallo.reduce((a, b) => a + b, remainderUallo)).toBe(amount);
        if (total > 0n) expect(remainderUallo).toBeLessThan(BigInt(Math.max(1, parts.length)));
        partsUallo.forEach((part, n) => expect(part * total <= amount * parts[n]!).toBe(true));
      }),
    );
    expect(splitUallo(10n, [1n, 1n, 1n])).toEqual({ partsUallo: [3n, 3n, 3n], remainderUallo: 1n });
    expect(splitUallo(10n, [0n])).toEqual({ partsUallo: [0n], remainderUallo: 10n });
  });
});
