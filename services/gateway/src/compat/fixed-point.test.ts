import { RefusalError } from '@allora/contracts/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedPoint, normalizedText } from './fixed-point';

describe('values times 10^18', () => {
  it.each([
    [83060.0327206847, '83060032720684700000000', '83060.0327206847'],
    [101.5, '101500000000000000000', '101.5'],
    [50, '50000000000000000000', '50.0'],
    [0.1, '100000000000000000', '0.1'],
    [1e-13, '100000', '0.0000000000001'],
    [1.9e-18, '1', '0.000000000000000001'],
    [9e-19, '0', '0.0'],
    [0, '0', '0.0'],
    [-0, '0', '0.0'],
    [1.234e25, '12340000000000000000000000000000000000000000', '12340000000000000000000000.0'],
  ])('%s is %s, %s', (value, digits, text) => {
    expect(fixedPoint(value, 'uint256').toString()).toBe(digits);
    expect(normalizedText(fixedPoint(value, 'uint256'))).toBe(text);
  });

  it('keep every digit that the value is shown with', () => {
    const shown = fc.double({ min: 1, max: 1e15, noNaN: true });
    fc.assert(
      fc.property(shown, (value) => {
        expect(Number(normalizedText(fixedPoint(value, 'uint256')))).toBe(value);
      }),
    );
  });

  it('are truncated toward zero on both sides of it', () => {
    expect(fixedPoint(-1.5, 'int256')).toBe(-1_500_000_000_000_000_000n);
    expect(fixedPoint(-1.9e-18, 'int256')).toBe(-1n);
    expect(normalizedText(-1_500_000_000_000_000_000n)).toBe('-1.5');
    // What is left of it after truncation is zero, and zero has no sign.
    expect(fixedPoint(-9e-19, 'uint256')).toBe(0n);
  });

  it('are refused where the type does not hold them', () => {
    expect(() => fixedPoint(-0.5, 'uint256')).toThrow(/int256/);
    expect(() => fixedPoint(1e60, 'uint256')).toThrow(RefusalError);
    expect(fixedPoint(1e59, 'uint256')).toBe(10n ** 77n);
    expect(() => fixedPoint(1e59, 'int256')).toThrow(RefusalError);
  });
});
