import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DemoClient } from './demo-client';
import { createCast, type Cast } from './cast';
import { forecast, infer, repute, type Outcome, type Question } from './participants';
import { type DailyPrice, loadPrices, openFeed, type PriceFeed } from './prices';
import { reportEpoch, type EpochReport } from './report';
import { setUpTopic, topicParams, type DemoTopic } from './set-up';
import { summarise, type Summary } from './summary';

export interface DemoOptions {
  readonly client: DemoClient;
  /** Epochs of the replay. */
  readonly epochs: number;
  /** Decides the keys, the first day and the gambler's bets. */
  readonly seed: string;
  /** Part of the request ids: the same id again finds the same topic. A new one by default. */
  readonly runId?: string;
  onTopic?(topicId: number): void;
  /** Just before a height at which the last day of the history becomes known. */
  onDay?(height: number, history: readonly DailyPrice[]): void;
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
/** Part of a live epoch in which the windows stay open: others than the demo's own answer in them too. */
const LIVE_WINDOW = 0.5;

interface Stage {
  readonly client: DemoClient;
  readonly cast: Cast;
  readonly feed: PriceFeed;
  readonly topic: DemoTopic;
  readonly onDay: DemoOptions['onDay'];
}

/** An epoch whose answer is known. */
interface Answered {
  readonly index: number;
  readonly outcome: Outcome;
}

/** What is left open of the epochs before. */
interface Open {
  /** Whether the workers were asked in the epoch just before. */
  readonly asked: boolean;
  /** The epoch before that one, when nobody has waited for its payments yet. */
  readonly unpaid: Answered | null;
}

const nothingOpen: Open = { asked: false, unpaid: null };

interface Played {
  readonly open: Open;
  /** Epochs that were paid, in order. */
  readonly reports: readonly EpochReport[];
}

const nonceOf = (stage: Stage, index: number): number => stage.topic.firstNonce + index * epochLengthBlocks;

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
  const settled = await stage.client.epoch(stage.topic.topicId, outcome.inference.nonce, {
    waitFor: 'rewards',
    timeoutMs: EPOCH_LIMIT_MS,
  });
  return reportEpoch(index, outcome, settled, stage.cast);
}

/** Inferers need nothing but the prices; forecasters and reputers read the answer of the epoch before first. */
async function submitAll(stage: Stage, index: number, open: Open, asks: boolean): Promise<Answered | null> {
  const { client, cast, feed, topic } = stage;
  const question: Question = {
    topicId: topic.topicId,
    nonce: nonceOf(stage, index),
    history: feed.history(index),
  };
  const afterAnswer = async (): Promise<Answered | null> => {
    const answered = open.asked ? await answerOf(stage, index - 1) : null;
    const past = answered?.outcome ?? null;
    await Promise.all([
      ...(asks ? cast.forecasters.map((one) => forecast(client, one, question, past)) : []),
      ...(past ? cast.reputers.map((reputer) => repute(client, reputer, past)) : []),
    ]);
    return answered;
  };
  const [answered] = await Promise.all([
    afterAnswer(),
    ...(asks ? cast.inferers.map((inferer) => infer(client, inferer, question)) : []),
  ]);
  return answered;
}

interface Play {
  readonly asks: boolean;
  /** Completes when the windows may be closed, at the earliest. */
  readonly closes: Promise<unknown> | null;
}

/**
 * Plays epoch `index` and what is left of those before it. Without `closes` the next epoch's first block closes the windows, which
 * saves a replay a call and lets its parts overlap. Blocks and their events are the same.
 */
async function playEpoch(stage: Stage, index: number, open: Open, { asks, closes }: Play): Promise<Played> {
  const { client, feed, onDay } = stage;
  onDay?.(nonceOf(stage, index), feed.history(index));
  await client.advanceClock(nonceOf(stage, index));
  const [answered, paid] = await Promise.all([
    submitAll(stage, index, open, asks),
    open.unpaid ? settlementOf(stage, open.unpaid) : null,
    closes,
  ]);
  const reports = paid ? [paid] : [];
  if (!closes) return { open: { asked: asks, unpaid: answered }, reports };
  await client.advanceClock(nonceOf(stage, index) + CLOSED_BLOCKS);
  if (answered) reports.push(await settlementOf(stage, answered));
  return { open: { asked: asks, unpaid: null }, reports };
}

/** All epochs as fast as they go. A plain replay also settles the last one; a live one leaves it to the live epochs. */
async function replay(
  stage: Stage,
  options: DemoOptions,
  done: (report: EpochReport) => void,
): Promise<Open> {
  let open = nothingOpen;
  for (let index = 0; index < options.epochs; index += 1) {
    const played = await playEpoch(stage, index, open, { asks: true, closes: null });
    played.reports.forEach(done);
    open = played.open;
  }
  if (options.live) return open;
  const last = await playEpoch(stage, options.epochs, open, { asks: false, closes: Promise.resolve() });
  last.reports.forEach(done);
  return last.open;
}

const rest = (restMs: number, signal: AbortSignal): Promise<unknown> =>
  sleep(restMs, undefined, { signal }).catch(() => undefined);

/** One epoch each `epochMs`. A failed epoch is told and left behind: the network goes on, and so do its participants. */
async function playLive(
  stage: Stage,
  { live, epochs }: DemoOptions,
  from: Open,
  done: (report: EpochReport) => void,
): Promise<void> {
  if (!live) return;
  let open = from;
  for (let index = epochs; !live.signal.aborted; index += 1) {
    const dueMs = performance.now() + live.epochMs;
    const closes = rest(live.epochMs * LIVE_WINDOW, live.signal);
    try {
      const played = await playEpoch(stage, index, open, { asks: true, closes });
      played.reports.forEach(done);
      open = played.open;
    } catch (error) {
      open = nothingOpen;
      live.onTrouble?.(error);
    }
    await rest(Math.max(0, dueMs - performance.now()), live.signal);
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
  const feed = openFeed(loadPrices(), seed, epochs);
  const stage: Stage = { client, cast, feed, topic, onDay: options.onDay };
  const startedMs = performance.now();
  const reports: EpochReport[] = [];
  let summary: Summary | null = null;
  const done = (report: EpochReport): void => {
    options.onEpoch?.(report);
    if (summary) return;
    reports.push(report);
    if (reports.length < epochs) return;
    summary = summarise(reports, { seed, elapsedMs: performance.now() - startedMs });
    options.onSummary?.(summary);
  };
  const open = await replay(stage, options, done);
  await playLive(stage, options, open, done);
  return summary ?? summarise(reports, { seed, elapsedMs: performance.now() - startedMs });
}
