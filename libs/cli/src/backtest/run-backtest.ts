import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { requireDatedRows } from '@allora/backtest/answers/look-ahead';
import { backtest } from '@allora/backtest/backtest';
import { historyText, parseHistory } from '@allora/backtest/history/record-file';
import { recordHistory } from '@allora/backtest/history/record-history';
import type { TopicHistory } from '@allora/backtest/history/recorded';
import { plotHtml, plotSvg } from '@allora/backtest/plot/report-plot';
import type { BacktestReport } from '@allora/backtest/report/report';
import { accountFromKey } from '@allora/identity/account';
import { modelEnv } from '@allora/runner/keys/model-env';
import { silentLog } from '@allora/runner/log';
import type { ModelContext } from '@allora/runner/models/model';
import { openInferenceModel, openTruth } from '@allora/runner/models/open-models';
import { createClient } from '@allora/sdk/client';
import { CliError, exitCodes, usageError } from '../exit-codes';
import type { Progress } from '../progress';
import type { Session } from '../session';
import { type BacktestCliOptions, candidateOf, truthOptionOf } from './backtest-options';

/** Nobody's: it only gives the model a place among the others. */
const standIn = (): string => accountFromKey(new Uint8Array(32).fill(1)).address;
/** A long history is worth waiting for a network that asks for patience. */
const READ_DEADLINE_MS = 120_000;
const PLOTS: Readonly<Record<string, (report: BacktestReport) => string>> = {
  '.html': plotHtml,
  '.svg': plotSvg,
};

/** What came of it, and which files were written. */
export interface BacktestDone {
  readonly report: BacktestReport;
  readonly files: { readonly plot: string | null; readonly record: string | null };
}

/** Plays a topic's history with the model in it. */
export async function runBacktest(session: Session, options: BacktestCliOptions): Promise<BacktestDone> {
  const candidate = await candidateOf(session, options);
  const truth = truthOptionOf(options);
  const draw = plotterOf(options.plot);
  requireDatedRows(candidate.inference);
  const { around } = session;
  const { config, baseDir, inference } = candidate;
  const context: ModelContext = {
    client: createClient({ baseUrl: session.url, chainId: '', deadlineMs: READ_DEADLINE_MS }),
    ...{ log: silentLog, baseDir, env: modelEnv(config, around.env) },
  };
  const signal = around.untilStopped();
  const progress = session.progress('opening the model');
  const task: Task = { session, options, context, signal, progress };
  const closing: (() => Promise<void>)[] = [];
  try {
    const model = await openInferenceModel(inference, context);
    closing.push(() => model.close());
    const source = truth && (await openTruth(truth, { ...context, baseDir: around.cwd }));
    if (source) closing.push(() => source.close());
    const history = await historyOf(task, candidate.topicId, source);
    const record = await write(task, options.record, () => historyText(history));
    const report = await backtest(history, model, {
      ...{ worker: workerOf(options, history), from: options.from, signal },
      ...{ timeoutMs: config.limits.modelTimeoutMs, seed: options.seed, lossOptions: options.lossOption },
      onAnswer: (asked, all) =>
        progress.say(asked < all ? `answers: ${tenth(asked, all)} of ${all}` : 'playing the epochs'),
    });
    return { report, files: { plot: await write(task, options.plot, () => draw(report)), record } };
  } catch (error) {
    throw signal.aborted ? stopped() : error;
  } finally {
    progress.end();
    for (const close of closing) await close();
  }
}

interface Task {
  readonly session: Session;
  readonly options: BacktestCliOptions;
  readonly context: ModelContext;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

type Truth = Awaited<ReturnType<typeof openTruth>>;

async function historyOf(task: Task, topicId: number | undefined, truth?: Truth): Promise<TopicHistory> {
  const { session, options, context, signal, progress } = task;
  const { fromRecord, from, to = Infinity } = options;
  if (fromRecord === undefined) {
    // An absent network or topic is told at once.
    await session.client().topic(topicId!);
    return recordHistory(context.client, topicId!, {
      ...{ from, to, truth, signal },
      onProgress: (stage, done, all) => progress.say(`${stage}: ${tenth(done, all)} of ${all}`),
    });
  }
  if (truth) throw usageError('a record holds its truths', 'Leave out --from-record, or the truth.');
  const file = path.resolve(session.around.cwd, fromRecord);
  const history = parseHistory(
    await readFile(file, 'utf8').catch(() => {
      throw usageError(`${file} cannot be read`, 'Make it first: --record FILE.');
    }),
  );
  if (topicId !== undefined && history.topicId !== topicId)
    throw usageError(`${file} is of topic ${history.topicId}`, 'Leave out --topic, or give its own.');
  return { ...history, epochs: history.epochs.filter(({ nonce }) => nonce <= to) };
}

/** A line for every tenth, where lines cannot be replaced; the last one too. */
const tenth = (done: number, all: number): number => {
  const step = Math.max(1, Math.floor(all / 10));
  return done === all ? all : done - (done % step);
};

function workerOf({ address = standIn() }: BacktestCliOptions, { epochs }: TopicHistory): string {
  const there = epochs.some(
    ({ inferers, passiveInferers }) =>
      passiveInferers.includes(address) || inferers.some(({ inferer }) => inferer === address),
  );
  if (!there) return address;
  throw usageError(
    `${address} has worked in the topic already`,
    'Leave out --address: the model is tried as one worker more.',
  );
}

function plotterOf(file = 'plot.html'): (report: BacktestReport) => string {
  const plotter = PLOTS[path.extname(file).toLowerCase()];
  if (plotter) return plotter;
  throw usageError(`${file} is neither .html nor .svg`, 'Name the plot by one of these.');
}

async function write(
  { session }: Task,
  file: string | undefined,
  content: () => string,
): Promise<string | null> {
  if (file === undefined) return null;
  const full = path.resolve(session.around.cwd, file);
  await writeFile(full, content());
  return full;
}

const stopped = (): CliError =>
  new CliError('stopped before the end', {
    exitCode: exitCodes.interrupted,
    code: 'INTERRUPTED',
    remedy: 'Run it again; a history that is kept with --record is not read twice.',
  });
