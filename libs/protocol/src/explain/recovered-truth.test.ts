import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lossOfTruth, recoverTruth } from './recovered-truth';

const price = fc.integer({ min: -10_000_000, max: 10_000_000 }).map((cents) => cents / 100);
const rounded = (x: number, places: number): number => Number(x.toFixed(places));

describe('recoverTruth', () => {
  it('finds the truth that losses of ten places were made from', () => {
    fc.assert(
      fc.property(price, fc.uniqueArray(price, { minLength: 2, maxLength: 40 }), (truth, values) => {
        fc.pre(values.every((value) => Math.abs(truth - value) > 0.05));
        const far = Math.max(...values) - Math.min(...values);
        fc.pre(far > 0.05 * Math.max(...values.map((value) => Math.abs(value - truth))));
        const found = recoverTruth(
          values.map((value) => ({ value, loss: rounded(lossOfTruth(truth, value), 10) })),
        );
        expect(found.kind).toBe('recovered');
        if (found.kind !== 'recovered') return;
        const nearest = Math.min(...values.map((value) => Math.abs(truth - value)));
        expect(Math.abs(found.truth - truth)).toBeLessThanOrEqual(1e-9 * nearest + 1e-10);
        expect(found).toMatchObject({ errorFloor: 0 });
        expect(found.spread).toBeLessThan(1e-3);
      }),
    );
  });

  it('sees the floor under small errors', () => {
    const truth = 100.003;
    const pairs = [100, 101, 98].map((value) => ({ value, loss: lossOfTruth(truth, value, 0.01) }));
    const found = recoverTruth(pairs);
    expect(found).toMatchObject({ kind: 'recovered', errorFloor: expect.closeTo(0.01, 12) as number });
    if (found.kind === 'recovered') {
      expect(found.truth).toBeCloseTo(truth, 9);
      expect(lossOfTruth(found.truth, 100.0035, found.errorFloor)).toBeCloseTo(-4, 12);
    }
  });

  it('takes losses of four decimal places, and none that no truth explains', () => {
    const coarse = [97.5, 103, 110].map((value) => ({ value, loss: rounded(lossOfTruth(100, value), 4) }));
    expect(recoverTruth(coarse)).toMatchObject({
      kind: 'recovered',
      truth: expect.closeTo(100, 3) as number,
    });
    const made = [97.5, 103, 110].map((value, i) => ({ value, loss: [0.1, 0.7, -0.3][i]! }));
    expect(recoverTruth(made)).toEqual({ kind: 'no_agreement' });
  });

  it('does not choose between two truths', () => {
    expect(recoverTruth([{ value: 5, loss: 0 }])).toEqual({ kind: 'ambiguous' });
    expect(recoverTruth([])).toEqual({ kind: 'no_agreement' });
    expect(recoverTruth([5, 5, 5].map((value) => ({ value, loss: 0.3 })))).toEqual({ kind: 'ambiguous' });
  });

  it('keeps the loss of an exact hit finite', () => {
    expect(lossOfTruth(7, 7)).toBeCloseTo(2 * Math.log10(7 * Number.EPSILON), 9);
    expect(Number.isFinite(lossOfTruth(0, 0))).toBe(true);
  });
});
