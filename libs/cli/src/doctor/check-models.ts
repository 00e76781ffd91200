import type { Limits, ReputerConfig, WorkerConfig } from '@allora/runner/config/runner-config';
import type { ModelContext, Question } from '@allora/runner/models/model';
import { openForecastModel, openInferenceModel, openTruth } from '@allora/runner/models/open-models';
import { openLosses } from '@allora/runner/run/open-member';
import type { Topic } from '@allora/sdk/types';
import { type Check, failed, guarded, ok, skipped } from './check';
import type { TopicTime } from './check-topic';

/** What a model is tried with. */
export interface ModelQuestion {
  readonly topic: Topic;
  readonly time: TopicTime;
  readonly address: string;
  readonly context: ModelContext;
  readonly limits: Limits;
}

const REMEDY = 'Run the model by hand, and see the README of libs/runner for what it is asked and answers.';

const questionOf = ({ topic, time, address, limits }: ModelQuestion): Question => ({
  ...{ topicId: topic.id, nonce: time.nonce, worker: address, atMs: Date.now() },
  signal: AbortSignal.timeout(limits.modelTimeoutMs),
});

/** Asks the models once, as a window would. Nothing is sent to the network. */
export async function checkWorkerModels(
  { inference, forecast }: WorkerConfig,
  asked: ModelQuestion,
): Promise<Check[]> {
  const checks: Check[] = [];
  if (inference) {
    checks.push(
      await guarded('model', REMEDY, async () => {
        const model = await openInferenceModel(inference, asked.context);
        try {
          const startedMs = performance.now();
          const value = await model.infer(questionOf(asked));
          const tookMs = Math.round(performance.now() - startedMs);
          if (value.startsWith('-') && !asked.topic.params?.allowNegative)
            return failed(
              'model',
              `it answers ${value}`,
              'The topic takes no values below zero: choose another, or correct the model.',
            );
          return ok('model', `answers ${value} in ${tookMs} ms`, { value, tookMs });
        } finally {
          await model.close();
        }
      }),
    );
  }
  if (forecast) {
    checks.push(
      await guarded('forecaster', REMEDY, async () => {
        const model = await openForecastModel(forecast, asked.context);
        try {
          const elements = await model.forecast(questionOf(asked));
          return ok('forecaster', `forecasts the losses of ${elements.length} workers`, { elements });
        } finally {
          await model.close();
        }
      }),
    );
  }
  return checks;
}

/** The truth of the latest epoch that has one, and whether the losses are of the topic's kind. */
export async function checkReputerModels(
  { truth, loss }: ReputerConfig,
  asked: ModelQuestion,
): Promise<Check[]> {
  const { topic, time, context, limits } = asked;
  const { epochLengthBlocks = 1, groundTruthLagBlocks: lagBlocks = 0 } = topic.params ?? {};
  const past =
    time.nonce -
    Math.max(1, Math.ceil((time.nonce + lagBlocks - time.height) / epochLengthBlocks)) * epochLengthBlocks;
  const known =
    past <= topic.createdHeight
      ? skipped('truth', 'no epoch has come true yet')
      : await guarded('truth', 'See that the source has a row or an answer for this nonce.', async () => {
          const source = await openTruth(truth, context);
          try {
            const { topicId, nonce, atMs, signal } = { ...questionOf(asked), nonce: past };
            const value = await source.truth({ topicId, nonce, lagBlocks, atMs, signal });
            return ok('truth', `${value} for nonce ${past}`, { value, nonce: past });
          } finally {
            await source.close();
          }
        });
  const losses = await guarded('losses', REMEDY, async () => {
    const { scale } = await openLosses(loss, topic, limits.modelTimeoutMs);
    return ok('losses', `${topic.lossMethod}, on the scale of the topic`, {
      lossMethod: topic.lossMethod,
      scale,
    });
  });
  return [known, losses];
}
