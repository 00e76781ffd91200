import type { LossOptions } from '@allora/protocol/loss/loss-options';
import type { InferenceModel } from '@allora/runner/models/model';
import { type AskOptions, askModel } from './answers/candidate-answers';
import type { TopicHistory } from './history/recorded';
import { replay } from './replay/replay';
import { type BacktestReport, report } from './report/report';

export interface BacktestOptions extends AskOptions {
  /** Of the interval. */
  readonly seed?: number | undefined;
  /** Options of the loss that the topic does not state. */
  readonly lossOptions?: LossOptions | undefined;
}

/** What a model would have added to a topic. */
export async function backtest(
  history: TopicHistory,
  model: InferenceModel,
  options: BacktestOptions,
): Promise<BacktestReport> {
  const answers = await askModel(history, model, options);
  const epochs = replay(history, { ...options, answers: answers.answers });
  return report({ history, answers, epochs, seed: options.seed });
}
