import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterBundles, type SubmittedBundle } from './bundle-filter';

const loss = (worker: string, value: number) => ({ worker, loss: value });

function bundle(reputer: string, change: Partial<SubmittedBundle> = {}): SubmittedBundle {
  return {
    reputer,
    combined: -1,
    naive: 0,
    inferer: [loss('i0', 1), loss('i1', 2)],
    forecaster: [],
    oneOutInferer: [loss('i1', 3)],
    oneOutForecaster: [],
    oneInForecaster: [],
    oneOutInfererForecaster: [],
    ...change,
  };
}

const filter = (submissions: readonly SubmittedBundle[], stakes = submissions.map(() => 10)) =>
  filterBundles({ inferers: ['i0', 'i1'], forecasters: ['f0', 'f1'], submissions, stakes, minimumStake: 10 });

describe('filterBundles', () => {
  it('puts reputers in id order and aligns entries by id', () => {
    const result = filter([bundle('r2'), bundle('r1', { inferer: [loss('i1', 7), loss('i0', 8)] })]);
    expect(result.reputers).toEqual(['r1', 'r2']);
    expect(result.bundles[0]!.inferer).toEqual([8, 7]);
    expect(result.bundles[0]!.oneOutInferer).toEqual([null, 3]);
  });

  it('ignores too little stake and a second bundle of one reputer', () => {
    const result = filter([bundle('r1'), bundle('r1', { combined: 99 }), bundle('r0')], [10, 10, 9.99]);
    expect(result.bundles.map((each) => each.combined)).toEqual([-1]);
    expect(result.dropped).toEqual([
      { reputer: 'r1', reason: 'REPEATED_REPUTER' },
      { reputer: 'r0', reason: 'STAKE_BELOW_MINIMUM' },
    ]);
  });

  it('drops unknown workers and repeats after the first', () => {
    const inferer = [loss('i0', 1), loss('x', 5), loss('i0', 6), loss('i1', 2)];
    expect(filter([bundle('r', { inferer })]).bundles[0]!.inferer).toEqual([1, 2]);
    const rows = [
      { forecaster: 'f1', losses: [loss('i1', 4), loss('x', 1)] },
      { forecaster: 'f1', losses: [loss('i0', 9)] },
      { forecaster: 'x', losses: [loss('i0', 9)] },
      { forecaster: 'f0', losses: [loss('x', 9)] },
    ];
    expect(
      filter([bundle('r', { oneOutInfererForecaster: rows })]).bundles[0]!.oneOutInfererForecaster,
    ).toEqual([
      [null, null],
      [null, 4],
    ]);
  });

  it('drops one-out inferers of a bundle that knows at most one inferer', () => {
    const lone = filter([bundle('r', { inferer: [loss('i0', 1), loss('i0', 2), loss('x', 2)] })]);
    expect(lone.bundles[0]!.oneOutInferer).toEqual([null, null]);
  });

  it('gives the same result in every order of arrival', () => {
    const submissions = ['r0', 'r1', 'r2', 'r3'].map((reputer, n) => bundle(reputer, { combined: n }));
    const sorted = filter(submissions);
    fc.assert(
      fc.property(fc.shuffledSubarray(submissions, { minLength: 4 }), (shuffled) => {
        expect(filter(shuffled)).toEqual(sorted);
      }),
    );
  });
});
