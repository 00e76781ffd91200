import { chosenForecasts } from '@allora/forecaster/chosen-forecasts';
import { createForecaster, type InfererForecast } from '@allora/forecaster/forecaster';
import type { TargetName } from '@allora/forecaster/target';
import { pastEpochOf, settleEpochsOf } from '@allora/runner/models/built-in-forecaster';
import type { Epoch } from '@allora/sdk/types';
import type { Cast } from '../cast';
import { decimalText } from '../decimal';
import { logLoss } from '../loss';
import { forecast, infer, repute, type Outcome } from '../participants';
import type { PriceFeed } from '../prices';
import { seededAccount } from '../seed';
import { setUpTopic, topicParams } from '../set-up';
import { offlineNetwork } from '../testing/offline-network';

export const saidNames = ['ours', 'past-mean'] as const;
/** What the forecaster's account submits: what ours foretells, or for comparison each inferer's mean past loss. */
export type Said = (typeof saidNames)[number];

export interface Market {
  /** New for each play: the demo's own forecasters keep a record. */
  readonly cast: Cast;
  readonly feed: PriceFeed;
  readonly seed: string;
  readonly epochs: number;
  readonly said: Said;
}

/** One forecast of one inferer, and what came. */
export interface Foretold {
  readonly epoch: number;
  readonly inferer: string;
  readonly loss: number;
  readonly pastMean: number;
  /** The network loss of the inferer, as published. */
  readonly published: number;
}

export interface Played {
  /** log10 loss of the network inference against the true close, by epoch. */
  readonly networkLosses: readonly number[];
  readonly foretold: readonly Foretold[];
}

const { epochLengthBlocks } = topicParams;
const FORECAST_PLACES = 8;
const ELEMENTS_MAX = 12;
/** Windows of the last epochs are closed and settled so many epochs later. */
const SETTLING_EPOCHS = settleEpochsOf(topicParams);

/**
 * The demo's topic and cast on the protocol's own functions, without services: alone, or with the built-in forecaster, which sees
 * what has been published when the window opens and nothing else.
 */
export async function playMarket(market: Market, target: TargetName | null): Promise<Played> {
  const { cast, feed, seed, epochs, said } = market;
  const client = offlineNetwork();
  const { topicId, firstNonce } = await setUpTopic(client, cast, seed);
  const nonceOf = (index: number): number => firstNonce + index * epochLengthBlocks;
  const epochOf = (index: number): Promise<Epoch> => client.epoch(topicId, nonceOf(index));
  const account = seededAccount(seed, 'forecaster/built-in');
  const forecaster = target && createForecaster({ target, settleEpochs: SETTLING_EPOCHS });
  const networkLosses: number[] = [];
  const forecasts: (readonly InfererForecast[])[] = [];
  const foretold: Foretold[] = [];

  const speak = async (index: number): Promise<void> => {
    if (!forecaster) return;
    const lately = await Promise.all(indexesBefore(index).map(epochOf));
    const answer = forecaster.forecast(lately.map(pastEpochOf), { nonce: nonceOf(index) });
    forecasts[index] = answer;
    if (answer.length === 0) return;
    const elements = chosenForecasts(saidOf(answer, said), ELEMENTS_MAX).map(({ inferer, loss }) => ({
      inferer,
      value: decimalText(loss, FORECAST_PLACES),
    }));
    await client.submitForecast(account, { topicId, nonce: nonceOf(index), elements });
  };
  const settleBefore = async (index: number): Promise<Outcome> => {
    const { inference } = await epochOf(index - 1);
    if (inference === null) throw new Error(`epoch ${index - 1} has no inference`);
    const outcome = { inference, history: feed.history(index - 1), truth: feed.truth(index - 1) };
    networkLosses.push(logLoss(outcome.truth.close, inference.combined));
    await Promise.all(cast.reputers.map((reputer) => repute(client, reputer, outcome)));
    return outcome;
  };
  const judge = async (index: number): Promise<void> => {
    const { losses } = await epochOf(index);
    const published = new Map(losses?.losses?.inferers.map(({ worker, loss }) => [worker, loss]));
    for (const { inferer, loss, pastMean } of forecasts[index] ?? []) {
      const came = published.get(inferer);
      if (came !== undefined) foretold.push({ epoch: index, inferer, loss, pastMean, published: came });
    }
  };

  for (let index = 0; index < epochs + SETTLING_EPOCHS; index += 1) {
    await client.advanceClock(nonceOf(index));
    const past = index >= 1 && index <= epochs ? await settleBefore(index) : null;
    if (index >= SETTLING_EPOCHS) await judge(index - SETTLING_EPOCHS);
    if (index >= epochs) continue;
    const question = { topicId, nonce: nonceOf(index), history: feed.history(index) };
    await Promise.all(cast.inferers.map((inferer) => infer(client, inferer, question)));
    await Promise.all(cast.forecasters.map((one) => forecast(client, one, question, past)));
    await speak(index);
  }
  return { networkLosses, foretold };
}

/** The best first, as ours are. */
const saidOf = (answer: readonly InfererForecast[], said: Said): readonly InfererForecast[] =>
  said === 'ours'
    ? answer
    : answer.map((one) => ({ ...one, loss: one.pastMean })).sort((a, b) => a.loss - b.loss);

/** The forecaster keeps what it has read: the epochs since, and those whose losses have come since. */
function indexesBefore(index: number): number[] {
  const first = Math.max(0, index - SETTLING_EPOCHS);
  return Array.from({ length: index - first }, (_, n) => first + n);
}
