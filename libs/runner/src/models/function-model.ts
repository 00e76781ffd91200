import { AnswerError, decimalOf, shown, textOfDouble } from '../answers/decimal';
import { forecastOf } from '../answers/parse-answer';
import {
  type ForecastModel,
  type InferenceModel,
  type ModelContext,
  nothingToClose,
  type Question,
} from './model';

/** A user's function: a number or decimal text, at once or later. */
export type InferenceFunction = (question: Question, context: ModelContext) => unknown;
/** A user's function: losses by inferer's address, as an object, a Map's entries or a list of `{inferer, value}`. */
export type ForecastFunction = (question: Question, context: ModelContext) => unknown;

/** Stops waiting when the time is up, whatever the function does. */
async function inTime(question: Question, answer: unknown): Promise<unknown> {
  const { signal } = question;
  let onAbort: () => void = () => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(new AnswerError('the function did not answer in time'));
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([Promise.resolve(answer), late]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** A number or its text, as decimal text. */
export function decimalAnswer(answer: unknown): string {
  const text = typeof answer === 'number' ? textOfDouble(answer) : String(answer);
  const decimal = decimalOf(text);
  if (decimal === undefined) throw new AnswerError(`expected a finite decimal number, got ${shown(text)}`);
  return decimal;
}

export const functionInference = (infer: InferenceFunction, context: ModelContext): InferenceModel => ({
  infer: async (question) => decimalAnswer(await inTime(question, infer(question, context))),
  close: nothingToClose,
});

export const functionForecast = (forecast: ForecastFunction, context: ModelContext): ForecastModel => ({
  forecast: async (question) => {
    const answer = await inTime(question, forecast(question, context));
    return forecastOf(answer instanceof Map ? Object.fromEntries(answer as Map<string, unknown>) : answer);
  },
  close: nothingToClose,
});
