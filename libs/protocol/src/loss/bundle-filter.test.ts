import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BundlesToFilter,
  filterBundles,
  type FilteredBundles,
  type SubmittedBundle,
  type WorkerLoss,
} from './bundle-filter';
import { networkLosses } from './network-losses';

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

const EPOCH = { inferers: ['i0', 'i1'], forecasters: ['f0', 'f1'], others: ['i9'], minimumStake: 10 };

const filter = (
  submissions: readonly SubmittedBundle[],
  stakes = submissions.map(() => 10),
  change: Partial<BundlesToFilter> = {},
) => filterBundles({ ...EPOCH, submissions, stakes, ...change });

describe('filterBundles', () => {
  it('puts reputers in id order and aligns entries by id', () => {
    const result = filter([bundle('r2'), bundle('r1', { inferer: [loss('i1', 7), loss('i0', 8)] })]);
    expect(result.reputers).toEqual(['r1', 'r2']);
    expect(result.bundles[0]!.inferer).toEqual([8, 7]);
    expect(result.bundles[0]!.oneOutInferer).toEqual([null, 3]);
    expect(result.findings).toEqual([]);
  });

  it('says which bundles do not count at all, and why', () => {
    const submissions = [
      bundle('r1'),
      bundle('r1', { combined: 99 }),
      bundle('r0'),
      bundle('r2', { naive: Infinity }),
    ];
    const result = filter(submissions, [10, 10, 9.99, 10]);
    expect(result.bundles.map((each) => each.combined)).toEqual([-1]);
    expect(result.findings).toEqual([
      { reputer: 'r0', reason: 'STAKE_BELOW_MINIMUM', dropped: [] },
      { reputer: 'r1', reason: 'REPEATED_REPUTER', dropped: [] },
      { reputer: 'r2', reason: 'NOT_FINITE', dropped: [] },
    ]);
  });

  it('drops single values, and says which and why', () => {
    const inferer = [loss('i0', 1), loss('x', 5), loss('i9', 5), loss('i0', 6), loss('i1', 2), loss('f0', 3)];
    const result = filter([bundle('r', { inferer, forecaster: [loss('f0', NaN), loss('f0', 4)] })]);
    expect(result.bundles[0]).toMatchObject({ inferer: [1, 2], forecaster: [4, null] });
    expect(result.findings).toEqual([
      {
        reputer: 'r',
        reason: null,
        dropped: [
          { list: 'inferer', worker: 'x', reason: 'UNKNOWN_WORKER' },
          { list: 'inferer', worker: 'i9', reason: 'ABSENT_WORKER' },
          { list: 'inferer', worker: 'i0', reason: 'REPEATED_WORKER' },
          { list: 'inferer', worker: 'f0', reason: 'ABSENT_WORKER' },
          { list: 'forecaster', worker: 'f0', reason: 'NOT_FINITE' },
        ],
      },
    ]);
  });

  it('drops rows of forecasters as it drops values', () => {
    const list = 'oneOutInfererForecaster';
    const rows = [
      { forecaster: 'f1', losses: [loss('i1', 4), loss('x', 1)] },
      { forecaster: 'f1', losses: [loss('i0', 9)] },
      { forecaster: 'x', losses: [loss('i0', 9)] },
      { forecaster: 'i9', losses: [loss('i0', 9)] },
    ];
    const { bundles, findings } = filter([bundle('r', { [list]: rows })]);
    expect(bundles[0]![list]).toEqual([
      [null, null],
      [null, 4],
    ]);
    expect(findings[0]!.dropped).toEqual([
      { list, forecaster: 'f1', worker: 'x', reason: 'UNKNOWN_WORKER' },
      { list, worker: 'f1', reason: 'REPEATED_WORKER' },
      { list, worker: 'x', reason: 'UNKNOWN_WORKER' },
      { list, worker: 'i9', reason: 'ABSENT_WORKER' },
    ]);
  });

  it('drops lists of which the epoch has no values', () => {
    const rows = [{ forecaster: 'f1', losses: [loss('i1', 4)] }];
    const { bundles, findings } = filter([bundle('r', { oneOutInfererForecaster: rows })], [10], {
      absentLists: ['oneOutInferer', 'oneOutInfererForecaster'],
    });
    expect(bundles[0]).toMatchObject({
      oneOutInferer: [null, null],
      oneOutInfererForecaster: [
        [null, null],
        [null, null],
      ],
    });
    expect(findings[0]!.dropped).toEqual([
      { list: 'oneOutInferer', worker: 'i1', reason: 'ABSENT_WORKER' },
      { list: 'oneOutInfererForecaster', worker: 'f1', reason: 'ABSENT_WORKER' },
    ]);
  });

  it('drops one-out inferers of a bundle that knows at most one inferer', () => {
    const lone = filter([
      bundle('r', { inferer: [loss('i0', 1)], oneOutInferer: [loss('i1', 1), loss('x', 1)] }),
    ]);
    expect(lone.bundles[0]!.oneOutInferer).toEqual([null, null]);
    expect(lone.findings[0]!.dropped.map(({ worker, reason }) => [worker, reason])).toEqual([
      ['i1', 'LONE_INFERER'],
      ['x', 'UNKNOWN_WORKER'],
    ]);
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

describe('a bad bundle', () => {
  const number = fc.double({ noNaN: true, min: -1e6, max: 1e6 });
  const anyNumber = fc.oneof(number, fc.constantFrom(NaN, Infinity, -Infinity, 1e308));
  const losses = (workers: readonly string[], value: fc.Arbitrary<number>) =>
    fc.array(fc.record({ worker: fc.constantFrom(...workers), loss: value }), { maxLength: 6 });
  const lists = (
    inferers: readonly string[],
    forecasters: readonly string[],
    value: fc.Arbitrary<number>,
  ) => ({
    combined: value,
    naive: value,
    inferer: losses(inferers, value),
    forecaster: losses(forecasters, value),
    oneOutInferer: losses(inferers, value),
    oneOutForecaster: losses(forecasters, value),
    oneInForecaster: losses(forecasters, value),
    oneOutInfererForecaster: fc.array(
      fc.record({ forecaster: fc.constantFrom(...forecasters), losses: losses(inferers, value) }),
      { maxLength: 3 },
    ),
  });
  const goodLists = fc.record(lists(EPOCH.inferers, EPOCH.forecasters, number));
  const goodBundles = fc
    .array(goodLists, { minLength: 1, maxLength: 4 })
    .map((all) => all.map((rest, n): SubmittedBundle => ({ reputer: `r${n}`, ...rest })));
  const strange = ['i0', 'f1', 'x', 'i9', ''];
  const badLists = fc.record(lists(strange, strange, anyNumber));
  const place = fc.nat();

  const withOne = (bundles: readonly SubmittedBundle[], bad: SubmittedBundle, at: number, stake: number) => {
    const n = at % (bundles.length + 1);
    return filter(bundles.toSpliced(n, 0, bad), bundles.map((_, i) => 11 + i).toSpliced(n, 0, stake));
  };
  const alone = (bundles: readonly SubmittedBundle[]) =>
    filter(
      bundles,
      bundles.map((_, i) => 11 + i),
    );
  const apart = ({ findings, ...reported }: FilteredBundles) => ({ findings, reported });

  it('without the stake, wherever it stands, leaves the losses of the others as they are to the bit', () => {
    fc.assert(
      fc.property(goodBundles, badLists, place, (bundles, rest, at) => {
        const { findings, reported } = apart(withOne(bundles, { reputer: 'bad', ...rest }, at, 9));
        const before = apart(alone(bundles));
        expect(reported).toStrictEqual(before.reported);
        expect(networkLosses(reported)).toStrictEqual(networkLosses(before.reported));
        const finding = { reputer: 'bad', reason: 'STAKE_BELOW_MINIMUM', dropped: [] };
        expect(findings).toStrictEqual([finding, ...before.findings]);
      }),
    );
  });

  it('without finite losses of the network leaves the others as they are to the bit', () => {
    const notFinite = fc.constantFrom(NaN, Infinity, -Infinity);
    fc.assert(
      fc.property(goodBundles, badLists, place, notFinite, (bundles, rest, at, combined) => {
        const { findings, reported } = apart(
          withOne(bundles, { reputer: 'bad', ...rest, combined }, at, 1e9),
        );
        const before = apart(alone(bundles));
        expect(reported).toStrictEqual(before.reported);
        const finding = { reputer: 'bad', reason: 'NOT_FINITE', dropped: [] };
        expect(findings).toStrictEqual([finding, ...before.findings]);
      }),
    );
  });

  it('in part counts as if it had never named what was dropped', () => {
    const foreign: fc.Arbitrary<WorkerLoss> = fc.record({
      worker: fc.constantFrom('x', 'i9', 'f0', ''),
      loss: anyNumber,
    });
    fc.assert(
      fc.property(goodBundles, fc.array(foreign, { minLength: 1 }), place, (bundles, more, at) => {
        const n = at % bundles.length;
        const padded = bundles.with(n, { ...bundles[n]!, inferer: [...more, ...bundles[n]!.inferer] });
        const { findings, reported } = apart(alone(padded));
        expect(reported).toStrictEqual(apart(alone(bundles)).reported);
        const dropped = findings.find(({ reputer }) => reputer === `r${n}`)!.dropped;
        expect(dropped.slice(0, more.length).map(({ worker }) => worker)).toEqual(
          more.map(({ worker }) => worker),
        );
      }),
    );
  });

  it('accounts for every value that it holds: each counts or is named', () => {
    const flat = ['inferer', 'forecaster', 'oneOutInferer', 'oneOutForecaster', 'oneInForecaster'] as const;
    fc.assert(
      fc.property(badLists, (rest) => {
        const { bundles, findings } = filter([{ reputer: 'r', ...rest, combined: 0, naive: 0 }]);
        for (const list of flat) {
          const kept = bundles[0]![list].filter((x) => x !== null).length;
          const named = findings[0]?.dropped.filter((one) => one.list === list).length ?? 0;
          expect(kept + named, list).toBe(rest[list].length);
        }
      }),
    );
  });
});
