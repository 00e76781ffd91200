import { AnswerError } from '../answers/decimal';
import type { SeriesRow } from '../sources/series';

export type WindowStatistic = 'mean' | 'std' | 'min' | 'max' | 'median' | 'sum' | 'slope';
export type CalendarField = 'hourOfDay' | 'dayOfWeek' | 'dayOfMonth' | 'monthOfYear' | 'minuteOfHour';

/** One or more inputs of a model, worked out from rows of which the last is the latest known. */
export type Feature =
  /** The column as it was `steps` rows ago; 0 is the latest. */
  | { readonly kind: 'lag'; readonly column: string; readonly steps: readonly number[] }
  /** Growth of the column over so many rows. */
  | {
      readonly kind: 'return';
      readonly column: string;
      readonly steps: readonly number[];
      readonly log?: boolean | undefined;
    }
  /** Over the latest rows; std is of a sample, slope of a straight line through them, per row. */
  | {
      readonly kind: 'window';
      readonly column: string;
      readonly length: number;
      readonly statistic: WindowStatistic;
    }
  /** Of the question's time, in UTC; cyclic: its sine and cosine. */
  | { readonly kind: 'calendar'; readonly of: CalendarField; readonly cyclic?: boolean | undefined };

export function columnValues(rows: readonly SeriesRow[], column: string): number[] {
  return rows.map(({ values }) => {
    const value = Number(values[column] ?? NaN);
    if (!Number.isFinite(value)) throw new AnswerError(`the source has no number in column ${column}`);
    return value;
  });
}

/** All inputs in the order of the features; throws when the source has too few rows. */
export function featureVector(
  features: readonly Feature[],
  rows: readonly SeriesRow[],
  atMs: number,
): number[] {
  const columns = new Map<string, number[]>();
  const valuesOf = (column: string): number[] => {
    const values = columns.get(column) ?? columnValues(rows, column);
    columns.set(column, values);
    return values;
  };
  return features.flatMap((feature) =>
    feature.kind === 'calendar' ? calendar(feature, atMs) : ofColumn(feature, valuesOf(feature.column)),
  );
}

function ofColumn(feature: Exclude<Feature, { kind: 'calendar' }>, values: readonly number[]): number[] {
  const back = (steps: number): number => {
    const value = values[values.length - 1 - steps];
    if (value !== undefined) return value;
    throw new AnswerError(
      `${feature.kind} of ${feature.column} looks ${steps} rows back; there are ${values.length}`,
    );
  };
  switch (feature.kind) {
    case 'lag':
      return feature.steps.map(back);
    case 'return':
      return feature.steps.map((steps) => growth(back(0), back(steps), feature.log ?? false));
    case 'window':
      back(feature.length - 1);
      return [statistics[feature.statistic](values.slice(-feature.length))];
  }
}

function growth(now: number, then: number, log: boolean): number {
  const ratio = now / then;
  if (then === 0 || (log && !(ratio > 0))) throw new AnswerError(`there is no return from ${then} to ${now}`);
  return log ? Math.log(ratio) : ratio - 1;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

const statistics: Readonly<Record<WindowStatistic, (values: readonly number[]) => number>> = {
  mean,
  sum,
  median,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  std: (values) => {
    const centre = mean(values);
    const squares = sum(values.map((value) => (value - centre) ** 2));
    return values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1));
  },
  slope: (values) => {
    const centre = (values.length - 1) / 2;
    const spread = sum(values.map((_, i) => (i - centre) ** 2));
    return spread === 0 ? 0 : sum(values.map((value, i) => (i - centre) * value)) / spread;
  },
};

const calendarFields: Readonly<
  Record<CalendarField, { readonly period: number; readonly of: (date: Date) => number }>
> = {
  minuteOfHour: { period: 60, of: (date) => date.getUTCMinutes() },
  hourOfDay: { period: 24, of: (date) => date.getUTCHours() },
  dayOfWeek: { period: 7, of: (date) => date.getUTCDay() },
  dayOfMonth: { period: 31, of: (date) => date.getUTCDate() - 1 },
  monthOfYear: { period: 12, of: (date) => date.getUTCMonth() },
};

function calendar({ of, cyclic }: Extract<Feature, { kind: 'calendar' }>, atMs: number): number[] {
  const field = calendarFields[of];
  const value = field.of(new Date(atMs));
  const angle = (2 * Math.PI * value) / field.period;
  return cyclic ? [Math.sin(angle), Math.cos(angle)] : [value];
}
