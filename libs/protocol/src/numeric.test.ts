import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyFinite } from '../test/arbitraries';
import {
  ema,
  logistic,
  mean,
  median,
  potentialSlope,
  quantile,
  scaleTo1,
  shares,
  softplus,
  std,
  sum,
  weightedMean,
  xLogX,
} from './numeric';

describe('std', () => {
  it('divides by n - 1 and is 0 below two values', () => {
    expect(std([])).toBe(0);
    expect(std([7])).toBe(0);
    expect(std([1, 2, 3, 4])).toBeCloseTo(Math.sqrt(5 / 3), 15);
  });

  it('keeps its digits at both ends of the range', () => {
    expect(std([1e300, 3e300]) / 1e300).toBeCloseTo(Math.SQRT2, 14);
    expect(std([1e-200, 3e-200]) / 1e-200).toBeCloseTo(Math.SQRT2, 14);
    expect(std([Number.MAX_VALUE, -Number.MAX_VALUE])).toBe(Number.MAX_VALUE);
  });
});

describe('median and quantile', () => {
  it('are 0 of nothing', () => {
    expect(median([])).toBe(0);
    expect(quantile([], 0.3)).toBe(0);
  });

  it('interpolate as numpy does', () => {
    expect(median([9, 1, 4])).toBe(4);
    expect(median([9, 1, 4, 5])).toBe(4.5);
    expect(quantile([4, 1, 3, 2], 0.25)).toBe(1.75);
    expect(quantile([4, 1, 3, 2], 0)).toBe(1);
    expect(quantile([4, 1, 3, 2], 1)).toBe(4);
  });

  it('refuse a quantile outside 0..1', () => {
    expect(() => quantile([1], 1.01)).toThrowError(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
  });

  it('stay inside the values, however large', () => {
    fc.assert(
      fc.property(
        fc.array(anyFinite, { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (xs, q) => {
          const low = Math.min(...xs);
          const high = Math.max(...xs);
          for (const x of [quantile(xs, q), median(xs), mean(xs)]) {
            expect(x).toBeGreaterThanOrEqual(low - Math.abs(low) * 1e-12);
            expect(x).toBeLessThanOrEqual(high + Math.abs(high) * 1e-12);
          }
        },
      ),
    );
  });
});

describe('potential', () => {
  it('is stable far from 0', () => {
    expect(softplus(1e308)).toBe(1e308);
    expect(softplus(-1e308)).toBe(0);
    expect(softplus(0)).toBeCloseTo(Math.LN2, 15);
    expect(logistic(-800)).toBe(0);
    expect(logistic(800)).toBe(1);
    expect(potentialSlope(0.75, 3, 0.75)).toBe(1.5);
  });

  it('has the slope of its own difference quotient', () => {
    const potential = (x: number): number => softplus(3 * (x - 0.75));
    for (const x of [-2, 0, 0.75, 1.3, 3]) {
      expect((potential(x + 1e-5) - potential(x - 1e-5)) / 2e-5).toBeCloseTo(potentialSlope(x, 3, 0.75), 8);
    }
  });
});

describe('ema', () => {
  it('starts from the first value and then mixes', () => {
    expect(ema(0.1, 5, null)).toBe(5);
    expect(ema(0.1, 5, 0)).toBe(0.5);
    expect(ema(0.25, 8, 4)).toBe(5);
  });
});

describe('weightedMean', () => {
  it('is null without weight and lies within the values with weight', () => {
    expect(weightedMean([1, 2], [0, 0])).toBeNull();
    expect(weightedMean([1, 2, 9], [1, 3, 0])).toBe(1.75);
    expect(weightedMean([Number.MAX_VALUE, Number.MAX_VALUE / 2], [1e308, 1e308])! / 1e308).toBeCloseTo(
      1.348,
      3,
    );
  });
});

describe('scaling', () => {
  it('brings any size to about 1 by a power of two', () => {
    for (const size of [5e-324, 1e-300, 1e-5, 1, 1.5, 2, 1e300, Number.MAX_VALUE]) {
      const scale = scaleTo1(size);
      expect(Number.isInteger(Math.log2(scale))).toBe(true);
      expect(size * scale).toBeLessThan(2);
      if (size > 1e-290) expect(size * scale).toBeGreaterThanOrEqual(1);
    }
  });

  it('sums and shares what overflows', () => {
    expect(sum([1e308, 1e308, -1e308])).toBeCloseTo(1e308, -295);
    expect(sum([1e308, 1e308])).toBe(Number.MAX_VALUE);
    expect(Array.from(shares([1e308, 1e308]))).toEqual([0.5, 0.5]);
    expect(Array.from(shares([5e-324, 5e-324]))).toEqual([0.5, 0.5]);
  });

  it('takes 0 ln 0 as 0', () => {
    expect(xLogX(0)).toBe(0);
  });
});
