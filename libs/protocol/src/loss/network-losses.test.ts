import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearly, ordinary, permutations, pick, reportedLosses } from '../../test/arbitraries';
import { bareBundle } from './loss-table';
import { networkLosses, type ReportedLosses } from './network-losses';

function two(change: Partial<ReportedLosses> = {}): ReportedLosses {
  return {
    inferers: ['i0', 'i1'],
    forecasters: ['f0'],
    reputers: ['r0', 'r1'],
    stakes: [1, 3],
    bundles: [
      {
        ...bareBundle(-4, 0, 2, 1),
        inferer: [-1, null],
        forecaster: [null],
        oneOutInferer: [-2, -2],
        oneInForecaster: [5],
        oneOutInfererForecaster: [[1, 1]],
      },
      {
        ...bareBundle(-8, 4, 2, 1),
        inferer: [-5, null],
        forecaster: [2],
        oneOutInfererForecaster: [[null, 3]],
      },
    ],
    ...change,
  };
}

describe('network losses', () => {
  it('average by stake over those who reported each entry', () => {
    const losses = networkLosses(two());
    expect(losses).toMatchObject({ combined: -7, naive: 3, inferer: [-4, null], forecaster: [2] });
    expect(losses.oneInForecaster).toEqual([5]);
  });

  it('count no stake of those who left an entry out', () => {
    const bundles = [[-1], [-5], [null]].map((inferer) => ({ ...bareBundle(0, 0, 1, 0), inferer }));
    const reporters = { inferers: ['i0'], forecasters: [], reputers: ['r0', 'r1', 'r2'] };
    expect(networkLosses({ ...reporters, stakes: [1, 3, 50], bundles }).inferer).toEqual([-4]);
  });

  it('keep one-outs only of workers with a plain loss', () => {
    const losses = networkLosses(two());
    expect(losses.oneOutInferer).toEqual([-2, null]);
    expect(losses.oneOutInfererForecaster).toEqual([[1, null]]);
    const bundles = two().bundles.map((bundle) => ({ ...bundle, forecaster: [null] }));
    const withoutForecaster = networkLosses(two({ bundles }));
    expect(withoutForecaster.oneInForecaster).toEqual([null]);
    expect(withoutForecaster.oneOutInfererForecaster).toEqual([[null, null]]);
  });

  it('leave an entry out that nobody with stake reported', () => {
    expect(networkLosses(two({ stakes: [1, 0] })).forecaster).toEqual([null]);
    expect(() => networkLosses(two({ stakes: [0, 0] }))).toThrowError(
      expect.objectContaining({ code: 'ZERO_STAKE' }),
    );
    expect(() => networkLosses(two({ stakes: [-1, 2] }))).toThrowError(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    );
  });

  it('hold where plain sums overflow or underflow', () => {
    const huge = networkLosses(two({ stakes: [1e308, 1.5e308] }));
    expect(huge.combined).toBeCloseTo(-6.4, 12);
    const tiny = networkLosses(two({ stakes: [1e-320, 3e-320] }));
    expect(tiny.combined).toBeCloseTo(-7, 3);
    const bundles = [bareBundle(1.6e308, -1e308, 2, 1), bareBundle(1.7e308, 1e308, 2, 1)];
    const saturated = networkLosses(two({ stakes: [1, 1], bundles }));
    expect(saturated.combined / 1e308).toBeCloseTo(1.65, 12);
    expect(saturated.naive).toBe(0);
  });

  it('do not depend on which reputer comes first', () => {
    const shuffled = reportedLosses(ordinary).chain((input) =>
      fc.tuple(fc.constant(input), permutations(input.reputers.length)),
    );
    fc.assert(
      fc.property(shuffled, ([input, order]) => {
        const after = { ...input, stakes: pick(input.stakes, order), bundles: pick(input.bundles, order) };
        expect(nearly(networkLosses(after), networkLosses(input))).toBe(true);
      }),
    );
  });
});
