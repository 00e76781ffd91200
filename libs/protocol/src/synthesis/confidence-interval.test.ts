import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyFinite } from '../../test/arbitraries';
import { weightedPercentiles } from './confidence-interval';

describe('weighted percentiles', () => {
  it('interpolate between mid-points of the running weights', () => {
    // Mid-points at 1/8, 1/2 and 7/8.
    expect(weightedPercentiles([30, 10, 20], [1, 1, 2], [0, 12.5, 50, 68.75, 87.5, 100])).toEqual([
      10, 10, 20, 25, 30, 30,
    ]);
  });

  it('pass over values without weight', () => {
    expect(weightedPercentiles([1, 2, 3], [0, 1, 0], [50])).toEqual([2]);
  });

  it('refuse a lack of all weight', () => {
    expect(() => weightedPercentiles([1], [0], [50])).toThrowError(
      expect.objectContaining({ code: 'ZERO_WEIGHTS' }),
    );
  });

  it('rise with the percentage and stay inside the values', () => {
    const pairs = fc.array(fc.tuple(anyFinite, fc.double({ min: 1e-9, max: 3, noNaN: true })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(pairs, (members) => {
        const values = members.map(([value]) => value);
        const weights = members.map(([, weight]) => weight);
        const curve = weightedPercentiles(values, weights, [2.28, 15.87, 50, 84.13, 97.72]);
        const slack = Math.max(...values.map(Math.abs)) * 1e-12;
        const bounded = [Math.min(...values), ...curve, Math.max(...values)];
        for (let i = 1; i < bounded.length; i += 1) {
          expect(bounded[i]).toBeGreaterThanOrEqual(bounded[i - 1]! - slack);
        }
      }),
    );
  });
});
