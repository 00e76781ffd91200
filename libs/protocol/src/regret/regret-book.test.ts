import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ordinary, regretTables } from '../../test/arbitraries';
import { emptyRegretBook, mergeRegretTable, regretTable } from './regret-book';
import { emptyRegretTable, type RegretTable } from './regret-table';

const INFERERS = ['a', 'b', 'c', 'd', 'e'];
const FORECASTERS = ['x', 'y', 'z'];

/** An epoch of some of the workers, and regrets for them. */
const epochs = fc.tuple(fc.subarray(INFERERS), fc.subarray(FORECASTERS)).chain(([inferers, forecasters]) =>
  fc.record({
    inferers: fc.constant(inferers),
    forecasters: fc.constant(forecasters),
    table: regretTables(inferers.length, forecasters.length, ordinary),
  }),
);

/** The same by a map from path to value. */
function record(
  known: Map<string, number>,
  epoch: { inferers: string[]; forecasters: string[]; table: RegretTable },
): void {
  const { inferers, forecasters, table } = epoch;
  for (const [name, rows] of Object.entries(table) as [keyof RegretTable, unknown[]][]) {
    const outer = name.startsWith('oneOutInferer') || name === 'inferer' || name === 'naiveInferer';
    const rowIds = outer ? inferers : forecasters;
    const columnIds = name.endsWith('Inferer') ? inferers : forecasters;
    rows.forEach((row, x) => {
      const cells = Array.isArray(row) ? row.map((value, y) => [columnIds[y], value]) : [['', row]];
      for (const [id, value] of cells) if (value !== null) known.set(`${name}/${rowIds[x]}/${id}`, value);
    });
  }
}

describe('regret book', () => {
  it('answers every later epoch with the last value stored of each worker', () => {
    fc.assert(
      fc.property(fc.array(epochs, { maxLength: 5 }), epochs, (history, next) => {
        const known = new Map<string, number>();
        let book = emptyRegretBook();
        for (const epoch of history) {
          book = mergeRegretTable(book, epoch.inferers, epoch.forecasters, epoch.table);
          record(known, epoch);
        }
        const slice = regretTable(book, next.inferers, next.forecasters);
        const seen = new Map<string, number>();
        record(seen, { ...next, table: slice });
        const ofThese = [...known].filter(([path]) => {
          const ids = path.split('/').slice(1).filter(Boolean);
          return ids.every((id) => next.inferers.includes(id) || next.forecasters.includes(id));
        });
        expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(ofThese));
      }),
      { numRuns: 200 },
    );
  });

  it('has the same JSON whatever the order in which disjoint workers came', () => {
    const first = { ...emptyRegretTable(2, 1), inferer: [1, 2], oneOutInfererForecaster: [[1], [2]] };
    const second = { ...emptyRegretTable(1, 1), inferer: [3], oneOutInfererForecaster: [[3]] };
    const merge = (book: ReturnType<typeof emptyRegretBook>, ids: string[], table: RegretTable) =>
      mergeRegretTable(book, ids, ['x'], table);
    const one = merge(merge(emptyRegretBook(), ['a', 'c'], first), ['b'], second);
    const other = merge(merge(emptyRegretBook(), ['b'], second), ['a', 'c'], first);
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
    expect(one.inferer).toEqual({ ids: ['a', 'b', 'c'], values: [1, 3, 2] });
  });

  it('stores nothing for nulls and leaves the book it was given', () => {
    const book = emptyRegretBook();
    expect(mergeRegretTable(book, ['a'], ['x'], emptyRegretTable(1, 1))).toEqual(book);
    mergeRegretTable(book, ['a'], [], { ...emptyRegretTable(1, 0), inferer: [1] });
    expect(book).toEqual(emptyRegretBook());
  });

  it('survives JSON', () => {
    const table = { ...emptyRegretTable(1, 1), inferer: [0.1 + 0.2], oneInForecasterInferer: [[-5e-324]] };
    const book = mergeRegretTable(emptyRegretBook(), ['a'], ['x'], table);
    expect(JSON.parse(JSON.stringify(book))).toEqual(book);
  });
});
