import { AnswerError, decimalOf } from '../answers/decimal';
import { parseTruth } from '../answers/parse-answer';
import { decimalAnswer } from '../models/function-model';
import { askText } from '../models/http-text';
import { nothingToClose } from '../models/model';
import { fillTemplate } from '../models/template';
import { type ReplayOptions, replayRow, type Series, type SeriesRow } from '../sources/series';

export interface TruthQuestion {
  readonly topicId: number;
  /** The epoch that is scored. */
  readonly nonce: number;
  /** After so many blocks its truth is known. */
  readonly lagBlocks: number;
  readonly atMs: number;
  readonly signal: AbortSignal;
}

/** What came true, as decimal text. */
export interface TruthSource {
  truth(question: TruthQuestion): Promise<string>;
  close(): Promise<void>;
}

export interface HttpTruthOptions {
  /** `{BlockHeight}` is the nonce that is scored: whoever answers adds the lag. */
  readonly url: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

export const httpTruth = ({ url, parameters = {} }: HttpTruthOptions): TruthSource => ({
  truth: async (question) =>
    parseTruth(await askText({ url: fillTemplate(url, question, parameters), signal: question.signal })),
  close: nothingToClose,
});

function cellOf(row: SeriesRow | undefined, column: string, what: string): string {
  if (!row) throw new AnswerError(`the source has no row ${what} yet`);
  const value = decimalOf(row.values[column] ?? '');
  if (value !== undefined) return value;
  throw new AnswerError(`the source has no number in column ${column} ${what}`);
}

export interface SeriesTruthOptions {
  readonly series: Series;
  readonly column: string;
  /** Added to the nonce before it is looked up among the rows' heights; the topic's lag unless told. */
  readonly offsetBlocks?: number | undefined;
  /** exact: the row of that very height. latest: the last one up to it, and for rows with times the last one so far. */
  readonly match: 'exact' | 'latest';
}

/** A column of a file or of an address's rows. */
export const seriesTruth = ({ series, column, offsetBlocks, match }: SeriesTruthOptions): TruthSource => ({
  truth: async ({ nonce, lagBlocks, atMs, signal }) => {
    const height = nonce + (offsetBlocks ?? lagBlocks);
    const rows = await series.upTo({ atMs, nonce: height, signal });
    const row = match === 'exact' ? rows.find((one) => one.height === height) : rows.at(-1);
    return cellOf(row, column, `for height ${height}`);
  },
  close: nothingToClose,
});

export interface ReplayTruthOptions extends ReplayOptions {
  readonly column: string;
  /** How many rows after the latest that the workers knew; 1 is the next one. */
  readonly aheadRows: number;
}

/** What came next in a recording. */
export const replayTruth = (options: ReplayTruthOptions): TruthSource => ({
  truth: ({ nonce }) => {
    const index = replayRow(options, nonce) + options.aheadRows;
    return Promise.resolve().then(() =>
      cellOf(options.rows[index], options.column, `${index} for nonce ${nonce}`),
    );
  },
  close: nothingToClose,
});

export type TruthFunction = (question: TruthQuestion) => unknown;

export const functionTruth = (truth: TruthFunction): TruthSource => ({
  truth: async (question) => decimalAnswer(await truth(question)),
  close: nothingToClose,
});
