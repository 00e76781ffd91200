import type { NetworkInference } from '@allora/sdk/types';
import type { DemoClient } from './demo-client';
import type { Forecaster, Inferer, Reputer } from './cast';
import { decimalText } from './decimal';
import { contextOf } from './forecasters/context';
import type { DailyPrice } from './prices';
import { lossBundle } from './reputers/loss-bundle';

const PRICE_PLACES = 4;
const FORECAST_PLACES = 8;
/** Most inferers that a forecast may hold. */
const ELEMENTS_MAX = 12;

/** One open worker window, and the days known when it opens. */
export interface Question {
  readonly topicId: number;
  readonly nonce: number;
  readonly history: readonly DailyPrice[];
}

/** A past epoch with what has since been published and come true. */
export interface Outcome {
  readonly inference: NetworkInference;
  /** The days known when the epoch's inferences were made. */
  readonly history: readonly DailyPrice[];
  readonly truth: DailyPrice;
}

export async function infer(client: DemoClient, inferer: Inferer, question: Question): Promise<void> {
  const value = decimalText(inferer.predict(question.history), PRICE_PLACES);
  const { topicId, nonce } = question;
  await client.submitInference(inferer.account, { topicId, nonce, value });
}

/** Learns from the last epoch, then forecasts this one; says nothing while it has seen nobody. */
export async function forecast(
  client: DemoClient,
  forecaster: Forecaster,
  question: Question,
  past: Outcome | null,
): Promise<void> {
  const { book } = forecaster;
  if (past) book.record(past.inference, contextOf(past.history), past.truth.close);
  const now = contextOf(question.history);
  const elements = book
    .inferers()
    .slice(0, ELEMENTS_MAX)
    .map((inferer) => ({
      inferer,
      value: decimalText(forecaster.forecast(book.samples(inferer), now), FORECAST_PLACES),
    }));
  if (elements.length === 0) return;
  const { topicId, nonce } = question;
  await client.submitForecast(forecaster.account, { topicId, nonce, elements });
}

export async function repute(client: DemoClient, reputer: Reputer, outcome: Outcome): Promise<void> {
  const truth = reputer.readTruth(outcome.truth.close);
  await client.submitLosses(reputer.account, lossBundle(outcome.inference, truth));
}
