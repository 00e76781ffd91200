import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AlloraClient } from '@allora/sdk/client';
import type { Epoch } from '@allora/sdk/types';
import { createCast, type Cast } from './cast';
import { forecast, infer, repute, type Outcome, type Question } from './participants';
import { loadPrices, openFeed, type PriceFeed } from './prices';
import { reportEpoch, type EpochReport } from './report';
import { setUpTopic, topicParams, type DemoTopic } from './set-up';
import { summarise, type Summary } from './summary';

export interface DemoOptions {
  readonly client: AlloraClient;
  /** Epochs of the replay. */
  readonly epochs: number;
  /** Decides the keys, the first day and the gambler's bets. */
  readonly seed: string;
  /** Part of the request ids: the same id again finds the same topic. A new one by default. */
  readonly runId?: string;
  onTopic?(topicId: number): void;
  onEpoch?(report: EpochReport): void;
  /** When the replay is done; a live run goes on after it. */
  onSummary?(summary: Summary): void;
  /** After the replay, an epoch each `epochMs` until the signal. */
  readonly live?: {
    readonly epochMs: number;
    readonly signal: AbortSignal;
    onTrouble?(error: unknown): void;
  };
}

/** How long an epoch may take to be computed and paid on a busy machine before the demo gives up. */
const EPOCH_LIMIT_MS = 120_000;

const { epochLengthBlocks, workerWindowBlocks, reputerWindowBlocks } = topicParams;
/** Both the workers' window of an epoch and the reputers' of the one before it are closed by then. */
const CLOSED_BLOCKS = Math.max(workerWindowBlocks, reputerWindowBlocks);

interface Stage {
  readonly client: AlloraClient;
  readonly cast: Cast;
  readonly feed: PriceFeed;
  readonly topic: DemoTopic;
}

/** An epoch whose answer is known, and its settlement on the way. */
interface Answered {
  readonly index: number;
  readonly outcome: Outcome;
}

const nonceOf = (stage: Stage, index: number): number => stage.topic.firstNonce + index * epochLengthBlocks;

/** Asks for the epoch's answers and for the losses of the one before, at the same time, and closes both windows. */
async function playWindows(
  stage: Stage,
  index: number,
  previous: Answered | null,
  asks: boolean,
): Promise<void> {
  const { client, cast, feed, topic } = stage;
  const nonce = nonceOf(stage, index);
  await client.advanceClock(nonce);
  const question: Question = { topicId: topic.topicId, nonce, history: feed.history(index) };
  const past = previous?.outcome ?? null;
  await Promise.all([
    ...(asks ? cast.inferers.map((inferer) => infer(client, inferer, question)) : []),
    ...(asks ? cast.forecasters.map((one) => forecast(client, one, question, past)) : []),
    ...(past ? cast.reputers.map((reputer) => repute(client, reputer, past)) : []),
  ]);
  await client.advanceClock(nonce + CLOSED_BLOCKS);
}

async function answerOf(stage: Stage, index: number): Promise<Answered> {
  const { client, feed, topic } = stage;
  const { inference } = await client.epoch(topic.topicId, nonceOf(stage, index), {
    waitFor: 'inference',
    timeoutMs: EPOCH_LIMIT_MS,
  });
  if (inference === null) throw new Error('an epoch waited for has its inference');
  return { index, outcome: { inference, history: feed.history(index), truth: feed.truth(index) } };
}

async function settlementOf(stage: Stage, { index, outcome }: Answered): Promise<EpochReport> {
  const settled: Epoch = await stage.client.epoch(stage.topic.topicId, outcome.inference.nonce, {
    waitFor: 'rewards',
    timeoutMs: EPOCH_LIMIT_MS,
  });
  return reportEpoch(index, outcome, settled, stage.cast);
}

/** Plays epoch `index`; its answer and the report of the epoch before come back. */
async function playEpoch(
  stage: Stage,
  index: number,
  previous: Answered | null,
): Promise<{ answered: Answered; report: EpochReport | null }> {
  await playWindows(stage, index, previous, true);
  const [answered, report] = await Promise.all([
    answerOf(stage, index),
    previous ? settlementOf(stage, previous) : null,
  ]);
  return { answered, report };
}

async function replay(
  stage: Stage,
  options: DemoOptions,
): Promise<{ last: Answered; reports: EpochReport[] }> {
  const reports: EpochReport[] = [];
  const take = (report: EpochReport | null): void => {
    if (report === null) return;
    reports.push(report);
    options.onEpoch?.(report);
  };
  let last: Answered | null = null;
  for (let index = 0; index < options.epochs; index += 1) {
    const { answered, report }: Awaited<ReturnType<typeof playEpoch>> = await playEpoch(stage, index, last);
    take(report);
    last = answered;
  }
  if (last === null) throw new Error('a replay has at least one epoch');
  // Settles the last epoch: the window after it is asked nothing in a plain replay, and is the first live one otherwise.
  if (options.live) return { last, reports };
  await playWindows(stage, options.epochs, last, false);
  take(await settlementOf(stage, last));
  return { last, reports };
}

/** One epoch each `epochMs`. A failed epoch is told and left behind: the network goes on, and so do its participants. */
async function playLive(
  stage: Stage,
  options: DemoOptions,
  from: Answered,
  done: (report: EpochReport) => void,
): Promise<void> {
  const { live } = options;
  if (!live) return;
  let previous: Answered | null = from;
  for (let index = options.epochs; !live.signal.aborted; index += 1) {
    const pause = index === options.epochs ? 0 : live.epochMs;
    await sleep(pause, undefined, { signal: live.signal }).catch(() => undefined);
    if (live.signal.aborted) return;
    try {
      const { answered, report }: Awaited<ReturnType<typeof playEpoch>> = await playEpoch(
        stage,
        index,
        previous,
      );
      previous = answered;
      if (report) done(report);
    } catch (error) {
      previous = null;
      live.onTrouble?.(error);
    }
  }
}

/**
 * Plays the whole market on a network with a manual clock, through its public endpoints alone. Network inferences depend on the
 * seed and the number of epochs only: neither on the order of arrival nor on the time of day.
 */
export async function runDemo(options: DemoOptions): Promise<Summary> {
  const { client, seed, epochs } = options;
  const cast = createCast(seed);
  const topic = await setUpTopic(client, cast, options.runId ?? randomUUID());
  options.onTopic?.(topic.topicId);
  const stage: Stage = { client, cast, feed: openFeed(loadPrices(), seed, epochs), topic };
  const startedMs = performance.now();
  const { last, reports } = await replay(stage, options);
  let summary: Summary | null = null;
  const conclude = (): Summary => {
    summary ??= summarise(reports, { seed, elapsedMs: performance.now() - startedMs });
    return summary;
  };
  if (!options.live) {
    options.onSummary?.(conclude());
    return conclude();
  }
  await playLive(stage, options, last, (report) => {
    options.onEpoch?.(report);
    if (summary) return;
    reports.push(report);
    options.onSummary?.(conclude());
  });
  return conclude();
}
