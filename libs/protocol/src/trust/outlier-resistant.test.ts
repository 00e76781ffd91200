import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outlierResistant } from './outlier-resistant';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const weighed = fc
  .array(fc.tuple(finite, fc.double({ min: 0, max: 3, noNaN: true })), { minLength: 1, maxLength: 20 })
  .map((rows) => ({ values: rows.map(([value]) => value), weights: rows.map(([, weight]) => weight) }));

describe('outlierResistant', () => {
  it('is the weighed mean where nobody lies far out', () => {
    expect(outlierResistant([100, 102, 104], [1, 1, 2])).toEqual({ value: 102.5, leftOut: [] });
  });

  it('leaves out whoever lies further than eleven deviations from the median', () => {
    // Median 102; the median of the deviations 0, 0, 2, 2 and the last is 2, so that 22 is the farthest that counts.
    const last = (value: number) => outlierResistant([100, 102, 102, 104, value], [1, 1, 1, 1, 100]);
    expect(last(124)).toMatchObject({ leftOut: [] });
    expect(last(124.5)).toEqual({ value: 102, leftOut: [4] });
    expect(outlierResistant([7, 7, 7, 1e300], [1, 1, 1, 1])).toEqual({ value: 7, leftOut: [3] });
  });

  it('falls back to the plain mean without a weight', () => {
    expect(outlierResistant([1, 3], null)).toEqual({ value: 2, leftOut: [] });
    expect(outlierResistant([1, 3], [0, 0])).toEqual({ value: 2, leftOut: [] });
    expect(outlierResistant([], null)).toBeNull();
  });

  it('takes no notice of values without a weight, however large beside the others', () => {
    const { value } = outlierResistant([2 ** 21, 0, -5e-324, 2 ** 24], [0, 5e-324, 5e-324, 0])!;
    expect(Math.abs(value)).toBeLessThanOrEqual(5e-324);
  });

  it('keeps at least half of the values and stays among them', () => {
    fc.assert(
      fc.property(weighed, ({ values, weights }) => {
        const { value, leftOut } = outlierResistant(values, weights)!;
        const kept = values.filter((_, i) => !leftOut.includes(i));
        expect(kept.length).toBeGreaterThanOrEqual(values.length / 2);
        expect(value).toBeGreaterThanOrEqual(Math.min(...kept));
        expect(value).toBeLessThanOrEqual(Math.max(...kept));
      }),
    );
  });

  it('is not moved by one liar among honest workers, whatever it says and weighs', () => {
    const honest = fc.array(fc.double({ min: 99, max: 101, noNaN: true }), { minLength: 3, maxLength: 9 });
    fc.assert(
      fc.property(honest, finite, fc.double({ min: 0.1, max: 1e6, noNaN: true }), (values, lie, weight) => {
        const { value } = outlierResistant([...values, lie], [...values.map(() => 1), weight])!;
        // The honest lie within 2 of each other, so a value is kept only within 11 x 2 of their median.
        expect(Math.abs(value - 100)).toBeLessThanOrEqual(24);
      }),
    );
  });
});
