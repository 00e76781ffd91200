import { parseForecast, parseInference } from '../answers/parse-answer';
import { askText } from './http-text';
import { type ForecastModel, type InferenceModel, nothingToClose, type Question } from './model';
import { fillTemplate } from './template';

export interface HttpModelOptions {
  /** May hold `{BlockHeight}`, `{TopicId}` and the parameters' names. */
  readonly url: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

const ask = ({ url, parameters = {} }: HttpModelOptions, question: Question): Promise<string> =>
  askText({ url: fillTemplate(url, question, parameters), signal: question.signal });

/** A model container of the off-chain node: a number for a GET. */
export const httpInference = (options: HttpModelOptions): InferenceModel => ({
  infer: async (question) => parseInference(await ask(options, question)),
  close: nothingToClose,
});

export const httpForecast = (options: HttpModelOptions): ForecastModel => ({
  forecast: async (question) => parseForecast(await ask(options, question)),
  close: nothingToClose,
});
