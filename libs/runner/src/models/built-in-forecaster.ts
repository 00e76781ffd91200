import { chosenForecasts } from '@allora/forecaster/chosen-forecasts';
import { createForecaster, type Forecaster } from '@allora/forecaster/forecaster';
import type { PastEpoch } from '@allora/forecaster/history';
import type { TargetName } from '@allora/forecaster/target';
import type { AlloraClient } from '@allora/sdk/client';
import { AlloraError } from '@allora/sdk/errors';
import type { Epoch, Topic } from '@allora/sdk/types';
import { textOfDouble } from '../answers/decimal';
import type { ForecastElement, ForecastModel, Question } from './model';

export interface BuiltInForecastOptions {
  readonly client: Pick<AlloraClient, 'topic' | 'epoch'>;
  readonly target?: TargetName | undefined;
  /** How far back the topic's history is read when the first question comes. */
  readonly historyEpochs?: number | undefined;
}

/** Two trading years, or three weeks of hours. */
const HISTORY_EPOCHS = 500;
const READS_AT_ONCE = 8;
/** Losses that have not come after so many epochs do not come any more. */
const SETTLES_WITHIN_EPOCHS = 10;
const ELEMENTS_MAX = 12;

/** What the network publishes of an epoch, as the forecaster reads it. */
export function pastEpochOf({ nonce, inference, losses }: Epoch): PastEpoch {
  const bundle = losses?.losses;
  return {
    nonce,
    inferences: (inference?.inferers ?? []).map(({ inferer, value }) => ({ inferer, value: Number(value) })),
    losses: bundle
      ? {
          network: bundle.combined,
          inferers: bundle.inferers.map(({ worker, loss }) => ({ inferer: worker, loss })),
        }
      : null,
  };
}

/** After how many epochs the losses of one are public when forecasts are asked for: as a worker window opens. */
export function settleEpochsOf(
  params: Pick<
    NonNullable<Topic['params']>,
    'epochLengthBlocks' | 'groundTruthLagBlocks' | 'reputerWindowBlocks'
  >,
): number {
  const { epochLengthBlocks, groundTruthLagBlocks, reputerWindowBlocks } = params;
  return Math.max(1, Math.ceil((groundTruthLagBlocks + reputerWindowBlocks) / epochLengthBlocks));
}

/** The forecaster for a worker without one: it learns from the topic's public history and needs no data of its own. */
export function builtInForecast(options: BuiltInForecastOptions): ForecastModel {
  const readers = new Map<number, Promise<TopicHistory>>();
  const readerOf = async ({ topicId }: Question): Promise<TopicHistory> => {
    const reader = readers.get(topicId) ?? openHistory(options, topicId);
    readers.set(topicId, reader);
    // A topic that could not be read is read again with the next question.
    reader.catch(() => readers.delete(topicId));
    return reader;
  };
  return {
    forecast: async (question) => {
      const reader = await readerOf(question);
      const history = await reader.before(question.nonce, question.signal);
      return chosenForecasts(reader.forecaster.forecast(history, question), ELEMENTS_MAX).map(
        ({ inferer, loss }): ForecastElement => ({ inferer, value: textOfDouble(loss) }),
      );
    },
    close: () => {
      readers.clear();
      return Promise.resolve();
    },
  };
}

interface TopicHistory {
  readonly forecaster: Forecaster;
  before(nonce: number, signal: AbortSignal): Promise<readonly PastEpoch[]>;
}

async function openHistory(options: BuiltInForecastOptions, topicId: number): Promise<TopicHistory> {
  const { client, target, historyEpochs = HISTORY_EPOCHS } = options;
  const { params, createdHeight } = await client.topic(topicId);
  if (!params) throw new Error(`topic ${topicId} has no parameters`);
  const { epochLengthBlocks } = params;
  const known = new Map<number, PastEpoch>();
  const stillOpen = (epoch: PastEpoch | undefined, nonce: number, now: number): boolean =>
    epoch === undefined ||
    (epoch.losses === null && now - nonce <= SETTLES_WITHIN_EPOCHS * epochLengthBlocks);
  const before = async (now: number, signal: AbortSignal): Promise<readonly PastEpoch[]> => {
    const wanted = Array.from({ length: historyEpochs }, (_, n) => now - (n + 1) * epochLengthBlocks)
      .filter((nonce) => nonce > createdHeight && stillOpen(known.get(nonce), nonce, now))
      .reverse();
    for (let n = 0; n < wanted.length; n += READS_AT_ONCE) {
      signal.throwIfAborted();
      const some = wanted.slice(n, n + READS_AT_ONCE);
      const epochs = await Promise.all(some.map((nonce) => readEpoch(client, topicId, nonce)));
      for (const epoch of epochs) known.set(epoch.nonce, epoch);
    }
    for (const nonce of known.keys()) {
      if (nonce < now - historyEpochs * epochLengthBlocks) known.delete(nonce);
    }
    return [...known.values()];
  };
  return { forecaster: createForecaster({ target, settleEpochs: settleEpochsOf(params) }), before };
}

/** A pause of the topic leaves nonces without an epoch. */
async function readEpoch(
  client: BuiltInForecastOptions['client'],
  topicId: number,
  nonce: number,
): Promise<PastEpoch> {
  try {
    return pastEpochOf(await client.epoch(topicId, nonce));
  } catch (error) {
    if (error instanceof AlloraError && UNKNOWN.includes(error.code)) {
      return { nonce, inferences: [], losses: null };
    }
    throw error;
  }
}
const UNKNOWN = ['UNKNOWN_EPOCH', 'EPOCH_NOT_KEPT', 'NOT_FOUND'];
