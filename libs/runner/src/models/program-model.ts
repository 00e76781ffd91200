import { parseForecast, parseInference } from '../answers/parse-answer';
import type { ForecastModel, InferenceModel, Question } from './model';
import { Program, type ProgramOptions } from './program';

const questionLine = (
  kind: 'inference' | 'forecast',
  { topicId, nonce, worker, atMs }: Question,
): object => ({
  kind,
  topicId,
  nonce,
  worker,
  atMs,
});

/** Asked `{"id", "kind": "inference", "topicId", "nonce", "worker", "atMs"}`; answers a number or `{"id", "value"}`. */
export function programInference(options: ProgramOptions): InferenceModel {
  const program = new Program(options);
  return {
    infer: async (question) =>
      parseInference(await program.ask(questionLine('inference', question), question.signal)),
    close: () => program.close(),
  };
}

/** As above with kind "forecast"; answers `{"id", "forecasts": {address: loss}}`. */
export function programForecast(options: ProgramOptions): ForecastModel {
  const program = new Program(options);
  return {
    forecast: async (question) => {
      const line = await program.ask(questionLine('forecast', question), question.signal);
      return parseForecast(line);
    },
    close: () => program.close(),
  };
}
