import type { Account } from '@allora/identity/account';
import type { AlloraClient } from '@allora/sdk/client';
import { createReputerClient } from '@allora/sdk/reputer-client';
import { Submitter } from '@allora/sdk/submitter';
import type { Topic } from '@allora/sdk/types';
import { createWorkerClient } from '@allora/sdk/worker-client';
import type { ReputerConfig, RunnerConfig, WorkerConfig } from '../config/runner-config';
import type { LossConfig } from '../config/source-config';
import type { Journal } from '../journal/journal';
import { modelEnv } from '../keys/model-env';
import type { Log } from '../log';
import { HttpLossService } from '../losses/http-loss-service';
import { type Losses, ownLosses, serviceLosses } from '../losses/losses';
import type { ModelContext } from '../models/model';
import { openForecastModel, openInferenceModel, openTruth } from '../models/open-models';
import type { RunnerMetrics } from '../status/metrics';
import { StatusBook } from '../status/status-book';
import { Member } from './member';
import type { Desk } from './participant';
import { Pace } from './retrying';
import { ReputerWork, type Scoring } from './reputer-work';
import { WorkerWork } from './worker-work';

/** Who takes part, before there is a network. */
export type Seat =
  | { readonly role: 'worker'; readonly account: Account; readonly worker: WorkerConfig }
  | { readonly role: 'reputer'; readonly account: Account; readonly reputer: ReputerConfig };

export interface Opening {
  readonly seat: Seat;
  readonly account: Account;
  readonly book: StatusBook;
}

export interface MemberSurroundings {
  readonly config: RunnerConfig;
  readonly baseDir: string;
  readonly log: Log;
  readonly env?: NodeJS.ProcessEnv;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly client: AlloraClient;
  readonly metrics: RunnerMetrics;
  readonly journal: Journal;
  /** The one of the key, whatever it takes part in. */
  readonly submitter: Submitter;
}

export function openingOf(seat: Seat): Opening {
  const { topicId } = seat.role === 'worker' ? seat.worker : seat.reputer;
  const { address } = seat.account;
  return { seat, account: seat.account, book: new StatusBook({ role: seat.role, topicId, address }) };
}

export function openMember({ seat, account, book }: Opening, around: MemberSurroundings): Member {
  const { topicId } = seat.role === 'worker' ? seat.worker : seat.reputer;
  const { client, config, journal, metrics, log, now = Date.now, random = Math.random } = around;
  const { limits, dryRun } = config;
  const desk: Desk = {
    ...{
      topicId,
      address: account.address,
      journal,
      book,
      metrics,
      log,
      limits,
      dryRun,
      now,
      random,
      pace: new Pace(),
    },
  };
  const context: ModelContext = {
    client,
    log,
    baseDir: around.baseDir,
    env: modelEnv(config, around.env ?? process.env),
  };
  const place = seat.role === 'worker' ? workerPlace(seat.worker) : reputerPlace(seat.reputer);
  return place({ desk, context, account, submitter: around.submitter });
}

interface Place {
  readonly desk: Desk;
  readonly context: ModelContext;
  readonly account: Account;
  readonly submitter: Submitter;
}

interface Closable {
  close(): Promise<void>;
}

/** Opens what is asked for once, however often the start is tried, and closes it at the end. */
class Opened {
  private readonly open = new Map<string, Closable>();

  async once<T extends Closable>(name: string, make: () => Promise<T>): Promise<T> {
    const found = this.open.get(name);
    if (found) return found as T;
    const made = await make();
    this.open.set(name, made);
    return made;
  }

  async close(): Promise<void> {
    await Promise.all([...this.open.values()].map((one) => one.close()));
  }
}

function workerPlace(worker: WorkerConfig): (place: Place) => Member {
  return ({ desk, context, account, submitter }) => {
    const opened = new Opened();
    const client = createWorkerClient(context.client, account, { submitter });
    const { inference, forecast } = worker;
    return new Member({
      role: 'worker',
      desk,
      client: context.client,
      prepare: async (topic) => {
        const models = {
          inference: inference
            ? await opened.once('inference', () => openInferenceModel(inference, context))
            : null,
          forecast: forecast
            ? await opened.once('forecast', () => openForecastModel(forecast, context))
            : null,
        };
        if (!desk.dryRun) await client.join(desk.topicId, { shadow: worker.shadow });
        return new WorkerWork(desk, client, models, topic);
      },
      close: () => opened.close(),
    });
  };
}

function reputerPlace(reputer: ReputerConfig): (place: Place) => Member {
  return ({ desk, context, account, submitter }) => {
    const opened = new Opened();
    const client = createReputerClient(context.client, account, { submitter });
    return new Member({
      role: 'reputer',
      desk,
      client: context.client,
      prepare: async (topic) => {
        const truth = await opened.once('truth', () => openTruth(reputer.truth, context));
        const scoring = scoringOf(reputer.loss, context.client, desk);
        await scoring.losses(topic);
        if (!desk.dryRun) await client.join(desk.topicId, reputer.minStakeUallo);
        return new ReputerWork(desk, client, truth, topic, scoring);
      },
      close: () => opened.close(),
    });
  };
}

function scoringOf(spec: LossConfig, client: AlloraClient, { topicId, limits }: Desk): Scoring {
  let opened: { readonly method: string; readonly losses: Losses } | undefined;
  return {
    topic: () => client.topic(topicId),
    losses: async (topic) => {
      const { lossMethod: method } = topic;
      if (opened?.method !== method)
        opened = { method, losses: await openLosses(spec, topic, limits.modelTimeoutMs) };
      return opened.losses;
    },
  };
}

/** @throws ScaleError when the losses would be on another scale than the topic's. */
export function openLosses(spec: LossConfig, topic: Topic, timeoutMs: number): Promise<Losses> {
  if (spec.type === 'topic') return Promise.resolve().then(() => ownLosses(topic, spec.options));
  return serviceLosses(topic, new HttpLossService(spec), AbortSignal.timeout(timeoutMs));
}
