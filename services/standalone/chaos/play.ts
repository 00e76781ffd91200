import { setTimeout as sleep } from 'node:timers/promises';
import { verifyReceipt } from '@allora/sdk/receipt';
import { windowOf, type ChaosTopic } from './blocks';
import { checkIngest, type IngestVerdict } from './check-ingest';
import { logKinds, type LogKind, type Submission, type WindowTimes } from './history';
import { checkMemory, type ProcessMemory } from './memory';
import type { Options } from './options';
import type { Plan } from './plan';
import { closedWindows, readIngest, setsComplete } from './read-ingest';
import type { Reporter } from './report';
import { CHAIN_ID, networkIdentity, until, type Network } from './run';
import type { Violation } from './violation';

const PROGRESS_MS = 5_000;
const RECOVERY_LIMIT_MS = 120_000;
export const SETTLE_LIMIT_MS = 120_000;
const LAST_ANSWER_LIMIT_MS = 30_000;

export interface Outcome {
  readonly submitted: number;
  readonly accepted: number;
  readonly late?: number;
  readonly superseded?: number;
  readonly refused: number;
  readonly violations: readonly Violation[];
  readonly memory: readonly ProcessMemory[];
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Play {
  readonly network: Network;
  readonly plan: Plan;
  readonly options: Options;
  readonly reporter: Reporter;
  /** Aborts on SIGINT. */
  readonly signal: AbortSignal;
}

/** What clients do meanwhile. */
export interface Activity {
  readonly inflight: number;
  readonly submitted: number;
  readonly accepted: number;
  /** Whoever never had an answer asks once more: the same bytes, now with everything up. */
  askAgain(untilMs: number): Promise<void>;
}

export type Work = (signal: AbortSignal) => Promise<void>;

/** The clock and what else runs beside it, for as long as the deed takes. */
export async function beside(
  play: Play,
  activity: Activity,
  work: readonly Work[],
  deed: Work,
): Promise<void> {
  const { network, options, signal } = play;
  const over = new AbortController();
  const stop = AbortSignal.any([over.signal, signal]);
  const began = Date.now();
  const progress = setInterval(() => tell(play, activity, began), PROGRESS_MS);
  const running = [network.blocks.run(options.blockMs, stop), ...work.map((one) => one(stop))];
  try {
    await Promise.race([deed(stop), ...running.map((one) => one.then(() => deedOf(stop)))]);
  } finally {
    over.abort();
    clearInterval(progress);
    await Promise.all(running);
  }
  signal.throwIfAborted();
}

/** Work that ends by itself ends nothing else; work that fails ends all. */
const deedOf = (stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => (stop.aborted ? resolve() : stop.addEventListener('abort', () => resolve())));

/** All faults of the plan, and its whole length. */
export const faultsOf =
  ({ network, plan }: Play): Work =>
  async (signal) => {
    const lengthMs = plan.minutes * 60_000;
    await Promise.all([
      network.faults.run(plan.faults, { lengthMs, signal }),
      sleep(lengthMs, undefined, { signal }).catch(() => undefined),
    ]);
  };

function tell({ network, reporter }: Play, activity: Activity, began: number): void {
  reporter.progress({
    seconds: Math.round((Date.now() - began) / 1_000),
    height: network.blocks.height,
    submitted: activity.submitted,
    accepted: activity.accepted,
    inflight: activity.inflight,
    faults: Object.values(network.faults.counts).reduce((sum, count) => sum + count, 0),
    down: [...network.cluster.slots.values()].filter(({ isReady }) => !isReady).map(({ name }) => name),
  });
}

/** Everything is up again, and every client has had its answer. */
export async function recover({ network, reporter }: Play, activity: Activity): Promise<Violation[]> {
  reporter.note('the faults are over; waiting for the network to recover');
  const unready = await network.cluster.untilReady(RECOVERY_LIMIT_MS);
  if (unready.length > 0) {
    const detail = `not ready ${RECOVERY_LIMIT_MS / 1_000} s after the last fault`;
    return unready.map((about) => ({ rule: 'NOT_RECOVERED', about, detail }));
  }
  await until(() => activity.inflight === 0, LAST_ANSWER_LIMIT_MS);
  await activity.askAgain(Date.now() + LAST_ANSWER_LIMIT_MS);
  return [];
}

/** Closes every window that is open, and waits until all sets are published. */
export async function closeWindows(
  { network, reporter, signal }: Play,
  topics: readonly ChaosTopic[],
): Promise<void> {
  const { blocks, reader } = network;
  await blocks.advanceTo(blocks.height + topics[0]!.params.epochLengthBlocks - 1, signal);
  reporter.note('all windows are closed; waiting for the last sets');
  await until(
    () => logKinds.every((log) => setsComplete(reader, log)) && allTold(network, topics),
    SETTLE_LIMIT_MS,
  );
  await reader.untilCaughtUp(SETTLE_LIMIT_MS);
}

/** The coordinator's word on every window that the clock has closed has come through its outbox. */
function allTold({ reader, blocks }: Network, topics: readonly ChaosTopic[]): boolean {
  return logKinds.every((log) => {
    const due = topics.reduce((sum, topic) => sum + closedCount(topic, log, blocks.height), 0);
    return closedWindows(reader, log).length >= due;
  });
}

function closedCount(topic: ChaosTopic, log: LogKind, height: number): number {
  const { closesHeight } = windowOf(topic, log, topic.firstNonce);
  const { epochLengthBlocks } = topic.params;
  return height < closesHeight ? 0 : Math.floor((height - closesHeight) / epochLengthBlocks) + 1;
}

export type IngestVerdicts = Readonly<Record<LogKind, IngestVerdict>>;

export async function judgeIngest({ network }: Play, topics: readonly ChaosTopic[]): Promise<IngestVerdicts> {
  const { reader, cluster, history, blocks } = network;
  const byId = new Map(topics.map((topic) => [topic.topicId, topic] as const));
  const verdictOf = async (log: LogKind): Promise<IngestVerdict> => {
    const submissions = history.submissions.filter((one) => one.log === log);
    const state = await readIngest(log, { reader, cluster, chainId: CHAIN_ID, submissions });
    const timesOf = ({ topicId, nonce }: Submission): WindowTimes =>
      blocks.times(windowOf(byId.get(topicId)!, log, nonce));
    return checkIngest(submissions, state, timesOf, (receipt) => verifyReceipt(receipt, networkIdentity));
  };
  return {
    inference: await verdictOf('inference'),
    forecast: await verdictOf('forecast'),
    loss: await verdictOf('loss'),
  };
}

/** What both scenarios tell at their end. */
export function outcomeOf(
  play: Play,
  verdicts: IngestVerdicts,
  own: {
    readonly memory: readonly ProcessMemory[];
    readonly violations: readonly Violation[];
    readonly facts: Readonly<Record<string, unknown>>;
  },
): Outcome {
  const { history } = play.network;
  const all = Object.values(verdicts);
  const sum = (of: (verdict: IngestVerdict) => number): number =>
    all.reduce((total, verdict) => total + of(verdict), 0);
  return {
    submitted: history.submissions.length,
    accepted: sum((one) => one.accepted),
    late: sum((one) => one.late),
    superseded: sum((one) => one.superseded),
    refused: sum((one) => one.refused),
    memory: own.memory,
    violations: [
      ...own.violations,
      ...all.flatMap(({ violations }) => violations),
      ...checkMemory(own.memory),
      ...crashViolations(play),
    ],
    facts: { ...own.facts, inSets: sum((one) => one.inSets), ...answerFacts(history.submissions) },
  };
}

export function crashViolations({ network }: Play): Violation[] {
  return network.cluster.crashes
    .filter(({ wasReady }) => wasReady)
    .map(({ target, exit }) => ({
      rule: 'CRASHED',
      about: target,
      detail: `ended by itself: ${exit}, see ${network.dir}/logs/${target}.log`,
    }));
}

function answerFacts(submissions: readonly Submission[]): Record<string, unknown> {
  const answers: Record<string, number> = {};
  const doors: Record<string, number> = {};
  const attempts = submissions.flatMap((one) => one.attempts);
  for (const { answer, via } of attempts) {
    const name = answer.kind === 'refused' ? answer.code : answer.kind;
    answers[name] = (answers[name] ?? 0) + 1;
    doors[via] = (doors[via] ?? 0) + 1;
  }
  return { attempts: attempts.length, answers, doors };
}
