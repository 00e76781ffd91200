import { numberTextProblem } from './number-text';
import { ACCEPTED, type Refused, refused, type Verdict } from './verdict';

/** Losses and forecast losses are log10 values: any sign. */
const anySign = { allowNegative: true } as const;

export interface NamedValue {
  readonly id: string;
  readonly value: string;
}

/** A list of the submission in which each id may stand once. */
export interface NamedValues {
  readonly field: string;
  readonly values: readonly NamedValue[];
}

/** An inference is one number; below zero only where the topic allows it. */
export function judgeInference(
  inference: { readonly value: string },
  rules: { readonly allowNegative: boolean },
): Verdict {
  return judgeNumbers([{ field: 'value', text: inference.value }], rules) ?? ACCEPTED;
}

/** A forecast names each inferer once. How many of them count is decided later, by score (section 3). */
export function judgeForecast(
  forecast: { readonly elements: readonly { readonly inferer: string; readonly value: string }[] },
  limits: { readonly maxElements: number },
): Verdict {
  const values = forecast.elements.map(({ inferer, value }) => ({ id: inferer, value }));
  return judgeLists([{ field: 'elements', values }], limits);
}

interface WorkerValue {
  readonly worker: string;
  readonly value: string;
}

export interface LossValues {
  readonly combined: string;
  readonly naive: string;
  readonly inferers: readonly WorkerValue[];
  readonly forecasters: readonly WorkerValue[];
  readonly oneOutInferers: readonly WorkerValue[];
  readonly oneOutForecasters: readonly WorkerValue[];
  readonly oneInForecasters: readonly WorkerValue[];
  readonly oneOutInfererForecasters: readonly {
    readonly forecaster: string;
    readonly oneOutInferers: readonly WorkerValue[];
  }[];
}

const LOSS_LISTS = [
  'inferers',
  'forecasters',
  'oneOutInferers',
  'oneOutForecasters',
  'oneInForecasters',
] as const;

/** A reputer's bundle: log10 losses, each list naming a worker once. The limit counts the values of all lists together. */
export function judgeLosses(losses: LossValues, limits: { readonly maxElements: number }): Verdict {
  const single = [
    { field: 'combined', text: losses.combined },
    { field: 'naive', text: losses.naive },
  ];
  const lists = LOSS_LISTS.map((field) => named(field, losses[field]));
  const rows = losses.oneOutInfererForecasters;
  const nested = rows.map((row, i) =>
    named(`oneOutInfererForecasters[${i}].oneOutInferers`, row.oneOutInferers),
  );
  return (
    judgeNumbers(single, anySign) ??
    judgeNumbers(numbersOf([...lists, ...nested]), anySign) ??
    judgeRepeats(
      'oneOutInfererForecasters',
      rows.map((row) => row.forecaster),
    ) ??
    judgeLists([...lists, ...nested], limits)
  );
}

const named = (field: string, list: readonly WorkerValue[]): NamedValues => ({
  field,
  values: list.map(({ worker, value }) => ({ id: worker, value })),
});

interface FieldText {
  readonly field: string;
  readonly text: string;
}

const numbersOf = (lists: readonly NamedValues[]): FieldText[] =>
  lists.flatMap(({ field, values }) =>
    values.map(({ value }, i) => ({ field: `${field}[${i}].value`, text: value })),
  );

function judgeLists(lists: readonly NamedValues[], limits: { readonly maxElements: number }): Verdict {
  const wrong = judgeNumbers(numbersOf(lists), anySign);
  if (wrong) return wrong;
  for (const { field, values } of lists) {
    const repeat = judgeRepeats(
      field,
      values.map(({ id }) => id),
    );
    if (repeat) return repeat;
  }
  const elements = lists.reduce((sum, { values }) => sum + values.length, 0);
  if (elements <= limits.maxElements) return ACCEPTED;
  const detail = `${elements} elements; at most ${limits.maxElements} are allowed`;
  return refused('TOO_MANY_ELEMENTS', detail, { elements, maxElements: limits.maxElements });
}

function judgeNumbers(
  numbers: readonly FieldText[],
  rule: { readonly allowNegative: boolean },
): Refused | undefined {
  for (const { field, text } of numbers) {
    const problem = numberTextProblem(text, rule);
    if (problem) return refused('VALUE_NOT_ALLOWED', `${field} ${problem}`, { field });
  }
  return undefined;
}

function judgeRepeats(field: string, ids: readonly string[]): Refused | undefined {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) return refused('DUPLICATE_ELEMENT', `${field} names ${id} twice`, { field, id });
    seen.add(id);
  }
  return undefined;
}
