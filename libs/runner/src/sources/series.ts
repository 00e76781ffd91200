import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { AnswerError, shown } from '../answers/decimal';
import { isRecord, tryLossless } from '../answers/lossless-json';
import { askText } from '../models/http-text';

/** A row of a data source: numbers by column, as text, and when the row was known. */
export interface SeriesRow {
  readonly values: Readonly<Record<string, string>>;
  readonly atMs: number | null;
  readonly height: number | null;
}

/** What a row may be looked up by. */
export interface Moment {
  readonly atMs: number;
  readonly nonce: number;
  readonly signal: AbortSignal;
}

/** Rows in time order, oldest first. */
export interface Series {
  /** Those known at the moment: of a row with a time or a height, nothing later is ever shown. */
  upTo(moment: Moment): Promise<readonly SeriesRow[]>;
}

export interface RowKeys {
  /** Column with the row's time: ISO 8601, or unix seconds or milliseconds. */
  readonly timeColumn?: string | undefined;
  /** Column with the row's block height. */
  readonly heightColumn?: string | undefined;
}

/** Above it a unix time is in milliseconds: seconds reach it in the year 5138. */
const SECONDS_MAX = 1e11;

export function timeOf(text: string): number {
  const number = Number(text);
  const atMs =
    text.trim() === '' || Number.isNaN(number)
      ? Date.parse(text)
      : number < SECONDS_MAX
        ? number * 1000
        : number;
  if (Number.isNaN(atMs)) throw new AnswerError(`${shown(text)} is no time`);
  return atMs;
}

function rowOf(values: Readonly<Record<string, string>>, { timeColumn, heightColumn }: RowKeys): SeriesRow {
  const cell = (column: string): string => {
    const text = values[column];
    if (text === undefined)
      throw new AnswerError(`the source has no column ${column}; it has ${Object.keys(values).join(', ')}`);
    return text;
  };
  return {
    values,
    atMs: timeColumn === undefined ? null : timeOf(cell(timeColumn)),
    height: heightColumn === undefined ? null : Number(cell(heightColumn)),
  };
}

/** In time order, and without what was not known yet. */
function known(rows: readonly SeriesRow[], { atMs, nonce }: Moment): SeriesRow[] {
  const before = (row: SeriesRow): boolean =>
    (row.atMs === null || row.atMs <= atMs) && (row.height === null || row.height <= nonce);
  return rows.filter(before).sort((a, b) => (a.height ?? a.atMs ?? 0) - (b.height ?? b.atMs ?? 0));
}

/** Rows of a CSV text with a line of names. */
export function csvRows(text: string, keys: RowKeys): SeriesRow[] {
  const records = parse(text, { columns: true, skip_empty_lines: true, trim: true, bom: true }) as Record<
    string,
    string
  >[];
  return records.map((values) => rowOf(values, keys));
}

/** Rows of JSON: a list of objects, or `{"rows"|"data": […]}`. */
export function jsonRows(text: string, keys: RowKeys): SeriesRow[] {
  const json = tryLossless(text);
  const list = isRecord(json) ? (json['rows'] ?? json['data']) : json;
  if (!Array.isArray(list) || !list.every(isRecord))
    throw new AnswerError(`expected a list of rows, got ${shown(text)}`);
  return list.map((row) =>
    rowOf(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])), keys),
  );
}

const rowsOf = (text: string, keys: RowKeys): SeriesRow[] =>
  /^\s*[[{]/.test(text) ? jsonRows(text, keys) : csvRows(text, keys);

/** A file that may grow: it is read again for each question. */
export const fileSeries = (file: string, keys: RowKeys): Series => ({
  upTo: async (moment) => known(rowsOf(await readFile(file, 'utf8'), keys), moment),
});

/** CSV or JSON rows from an address, asked for each question. */
export const httpSeries = (url: string, keys: RowKeys): Series => ({
  upTo: async (moment) => known(rowsOf(await askText({ url, signal: moment.signal }), keys), moment),
});

export interface ReplayOptions {
  readonly rows: readonly SeriesRow[];
  /** The nonce at which the row `firstRow` is the latest known. */
  readonly firstNonce: number;
  readonly firstRow: number;
  readonly blocksPerRow: number;
}

/** The latest row that a replay knows at a nonce; -1 before the first. */
export const replayRow = (
  { firstNonce, firstRow, blocksPerRow }: Omit<ReplayOptions, 'rows'>,
  nonce: number,
): number => firstRow + Math.floor((nonce - firstNonce) / blocksPerRow);

/** A recording that is told row by row as the chain goes on, whatever times stand in it. */
export const replaySeries = (options: ReplayOptions): Series => ({
  upTo: ({ nonce }) => Promise.resolve(options.rows.slice(0, Math.max(0, replayRow(options, nonce) + 1))),
});
