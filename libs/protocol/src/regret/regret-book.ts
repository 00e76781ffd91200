import { compareIds } from '../shape';
import { emptyRow, type Matrix, type MaybeNumber, type RegretTable, type Row } from './regret-table';

/** Stored regrets by id: `ids` ascending, `values[n]` belongs to `ids[n]`. */
export interface RegretEntries {
  readonly ids: readonly string[];
  readonly values: readonly number[];
}

/** Entries of several withheld (or one-in) workers: `ids` ascending, `rows[n]` belongs to `ids[n]`. */
export interface RegretRows {
  readonly ids: readonly string[];
  readonly rows: readonly RegretEntries[];
}

/**
 * Every regret a topic has stored, of workers present or not: the form that is kept between epochs. It is plain
 * sorted data, so equal books have equal JSON.
 */
export interface RegretBook {
  readonly inferer: RegretEntries;
  readonly forecaster: RegretEntries;
  readonly naiveInferer: RegretEntries;
  readonly oneOutInfererInferer: RegretRows;
  readonly oneOutInfererForecaster: RegretRows;
  readonly oneOutForecasterInferer: RegretRows;
  readonly oneOutForecasterForecaster: RegretRows;
  readonly oneInForecasterInferer: RegretRows;
  readonly oneInForecasterSelf: RegretEntries;
}

const NO_ENTRIES: RegretEntries = { ids: [], values: [] };
const NO_ROWS: RegretRows = { ids: [], rows: [] };

/** The book of a new topic. */
export function emptyRegretBook(): RegretBook {
  return {
    inferer: NO_ENTRIES,
    forecaster: NO_ENTRIES,
    naiveInferer: NO_ENTRIES,
    oneOutInfererInferer: NO_ROWS,
    oneOutInfererForecaster: NO_ROWS,
    oneOutForecasterInferer: NO_ROWS,
    oneOutForecasterForecaster: NO_ROWS,
    oneInForecasterInferer: NO_ROWS,
    oneInForecasterSelf: NO_ENTRIES,
  };
}

/** The slice of a book that an epoch of these workers (ids ascending) needs; null where nothing is stored. */
export function regretTable(
  book: RegretBook,
  inferers: readonly string[],
  forecasters: readonly string[],
): RegretTable {
  return {
    inferer: sliceEntries(book.inferer, inferers),
    forecaster: sliceEntries(book.forecaster, forecasters),
    naiveInferer: sliceEntries(book.naiveInferer, inferers),
    oneOutInfererInferer: sliceRows(book.oneOutInfererInferer, inferers, inferers),
    oneOutInfererForecaster: sliceRows(book.oneOutInfererForecaster, inferers, forecasters),
    oneOutForecasterInferer: sliceRows(book.oneOutForecasterInferer, forecasters, inferers),
    oneOutForecasterForecaster: sliceRows(book.oneOutForecasterForecaster, forecasters, forecasters),
    oneInForecasterInferer: sliceRows(book.oneInForecasterInferer, forecasters, inferers),
    oneInForecasterSelf: sliceEntries(book.oneInForecasterSelf, forecasters),
  };
}

/** The book with a table of these workers (ids ascending) written over it; nulls leave what is stored. */
export function mergeRegretTable(
  book: RegretBook,
  inferers: readonly string[],
  forecasters: readonly string[],
  table: RegretTable,
): RegretBook {
  return {
    inferer: mergeEntries(book.inferer, inferers, table.inferer),
    forecaster: mergeEntries(book.forecaster, forecasters, table.forecaster),
    naiveInferer: mergeEntries(book.naiveInferer, inferers, table.naiveInferer),
    oneOutInfererInferer: mergeRows(
      book.oneOutInfererInferer,
      inferers,
      inferers,
      table.oneOutInfererInferer,
    ),
    oneOutInfererForecaster: mergeRows(
      book.oneOutInfererForecaster,
      inferers,
      forecasters,
      table.oneOutInfererForecaster,
    ),
    oneOutForecasterInferer: mergeRows(
      book.oneOutForecasterInferer,
      forecasters,
      inferers,
      table.oneOutForecasterInferer,
    ),
    oneOutForecasterForecaster: mergeRows(
      book.oneOutForecasterForecaster,
      forecasters,
      forecasters,
      table.oneOutForecasterForecaster,
    ),
    oneInForecasterInferer: mergeRows(
      book.oneInForecasterInferer,
      forecasters,
      inferers,
      table.oneInForecasterInferer,
    ),
    oneInForecasterSelf: mergeEntries(book.oneInForecasterSelf, forecasters, table.oneInForecasterSelf),
  };
}

/** For each of `wanted` its place in `stored`, or -1; both ascending. */
function locate(stored: readonly string[], wanted: readonly string[]): Int32Array {
  const places = new Int32Array(wanted.length).fill(-1);
  let s = 0;
  for (let w = 0; w < wanted.length; w += 1) {
    while (s < stored.length && compareIds(stored[s]!, wanted[w]!) < 0) s += 1;
    if (s < stored.length && stored[s] === wanted[w]) places[w] = s;
  }
  return places;
}

function sliceEntries(entries: RegretEntries, ids: readonly string[]): MaybeNumber[] {
  if (entries.ids.length === 0) return emptyRow(ids.length);
  return Array.from(locate(entries.ids, ids), (place) => (place < 0 ? null : entries.values[place]!));
}

function sliceRows(rows: RegretRows, rowIds: readonly string[], ids: readonly string[]): MaybeNumber[][] {
  return Array.from(locate(rows.ids, rowIds), (place) =>
    place < 0 ? emptyRow(ids.length) : sliceEntries(rows.rows[place]!, ids),
  );
}

/** Merges two ascending lists; of an id in both, the second wins. `take(n)` is undefined to skip the second's n. */
function mergeAscending<T>(
  first: readonly string[],
  firstItems: readonly T[],
  second: readonly string[],
  take: (n: number, stored: T | undefined) => T | undefined,
): { ids: string[]; items: T[] } {
  const ids: string[] = [];
  const items: T[] = [];
  const push = (id: string, item: T | undefined): void => {
    if (item === undefined) return;
    ids.push(id);
    items.push(item);
  };
  let f = 0;
  for (let s = 0; s < second.length; s += 1) {
    const id = second[s]!;
    while (f < first.length && compareIds(first[f]!, id) < 0) push(first[f]!, firstItems[f++]);
    const stored = f < first.length && first[f] === id ? firstItems[f++] : undefined;
    push(id, take(s, stored) ?? stored);
  }
  for (; f < first.length; f += 1) push(first[f]!, firstItems[f]);
  return { ids, items };
}

function mergeEntries(entries: RegretEntries, ids: readonly string[], row: Row): RegretEntries {
  const merged = mergeAscending(entries.ids, entries.values, ids, (n) => row[n] ?? undefined);
  return { ids: merged.ids, values: merged.items };
}

function mergeRows(
  rows: RegretRows,
  rowIds: readonly string[],
  ids: readonly string[],
  matrix: Matrix,
): RegretRows {
  const merged = mergeAscending(rows.ids, rows.rows, rowIds, (n, stored) => {
    const next = mergeEntries(stored ?? NO_ENTRIES, ids, matrix[n]!);
    return next.ids.length > 0 ? next : undefined;
  });
  return { ids: merged.ids, rows: merged.items };
}
