import { emptyRegretTable, type RegretTable } from '@allora/protocol/regret/regret-table';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedRows, REGRET_TABLE_CODES, tableOfRows } from './regret-rows';

const inferers = ['a', 'b', 'c'];
const forecasters = ['a', 'k'];
const ids = { inferers, forecasters };
const nothing = emptyRegretTable(3, 2);

const cell = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }));
const row = (length: number) => fc.array(cell, { minLength: length, maxLength: length });
const matrix = (rows: number, columns: number) =>
  fc.array(row(columns), { minLength: rows, maxLength: rows });
const tables: fc.Arbitrary<RegretTable> = fc.record({
  inferer: row(3),
  forecaster: row(2),
  naiveInferer: row(3),
  oneOutInfererInferer: matrix(3, 3),
  oneOutInfererForecaster: matrix(3, 2),
  oneOutForecasterInferer: matrix(2, 3),
  oneOutForecasterForecaster: matrix(2, 2),
  oneInForecasterInferer: matrix(2, 3),
  oneInForecasterSelf: row(2),
});

describe('regret rows', () => {
  it('give back the table they were made of', () => {
    fc.assert(
      fc.property(tables, (table) => {
        expect(tableOfRows(ids, changedRows(ids, nothing, table))).toEqual(table);
      }),
    );
  });

  it('hold what changed and nothing else', () => {
    const before = { ...nothing, inferer: [1, 2, null] };
    const after = { ...nothing, inferer: [1, 2.5, null], oneInForecasterSelf: [null, 3] };
    expect(changedRows(ids, before, after)).toEqual([
      { table: 1, withheld: '', worker: 'b', regret: 2.5 },
      { table: 9, withheld: '', worker: 'k', regret: 3 },
    ]);
  });

  it('of workers that are not of the epoch are left aside', () => {
    const rows = [
      { table: 4, withheld: 'z', worker: 'a', regret: 1 },
      { table: 4, withheld: 'a', worker: 'z', regret: 1 },
      { table: 4, withheld: 'a', worker: 'b', regret: 7 },
    ];
    expect(tableOfRows(ids, rows).oneOutInfererInferer).toEqual([
      [null, 7, null],
      [null, null, null],
      [null, null, null],
    ]);
  });

  it('have a code of their own for each table', () => {
    expect(new Set(REGRET_TABLE_CODES).size).toBe(9);
  });
});
