import path from 'node:path';
import { type AlloraClient, createClient } from '@allora/sdk/client';
import { AlloraError } from '@allora/sdk/errors';
import type { Network } from '@allora/sdk/types';
import { sleep } from '@allora/sdk/sleep';
import { Submitter } from '@allora/sdk/submitter';
import { type Disk, disk as realDisk } from '../journal/atomic-file';
import { Journal } from '../journal/journal';
import { takeLock } from '../journal/lock';
import { type Accounts, accountOf } from '../keys/accounts';
import type { RunnerConfig } from '../config/runner-config';
import { type Log, wordsOf } from '../log';
import type { ParticipantStatus } from '../status/status-book';
import { type RunnerMetrics, runnerMetrics } from '../status/metrics';
import { serveStatus, type StatusServer } from '../status/status-server';
import type { Member } from './member';
import { openingOf, openMember, type Opening } from './open-member';

export interface RunnerOptions {
  readonly config: RunnerConfig;
  readonly accounts: Accounts;
  /** Relative paths of the configuration are from here. */
  readonly baseDir: string;
  readonly log: Log;
  readonly env?: NodeJS.ProcessEnv;
  readonly fetch?: typeof fetch;
  readonly disk?: Disk;
  readonly now?: () => number;
  readonly random?: () => number;
}

export interface RunnerStatus {
  readonly network: { readonly url: string; readonly chainId: string | null };
  readonly dryRun: boolean;
  readonly startedAtMs: number;
  /** Everyone works, and nobody has missed several windows in a row. */
  readonly healthy: boolean;
  readonly participants: readonly ParticipantStatus[];
}

export interface Runner {
  /** Of the status page; null without one. */
  readonly statusUrl: string | null;
  status(): RunnerStatus;
  /** Resolves when nothing is being worked on; more may come with the next window. */
  idle(): Promise<void>;
  /** Ends the work under way; what was said stays in the journal. */
  close(): Promise<void>;
}

/** Windows without an answer in a row after which a participant counts as ill. */
const MISSED_TOO_MANY = 3;
const NETWORK_RETRY_MS = 2_000;

/**
 * Starts everyone of the configuration. It returns as soon as the journals are its own and the status page is up; the network may
 * come later. @throws LockedError when another runner works with one of the keys.
 */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const runner = new RunningRunner(options);
  await runner.start();
  return runner;
}

class RunningRunner implements Runner {
  private readonly ending = new AbortController();
  private readonly metrics: RunnerMetrics = runnerMetrics();
  private readonly openings: readonly Opening[];
  private readonly startedAtMs: number;
  private readonly releases: (() => void)[] = [];
  private members: Member[] = [];
  private chainId: string | null;
  private server: StatusServer | undefined;
  private connecting: Promise<void> = Promise.resolve();

  constructor(private readonly options: RunnerOptions) {
    const { config, accounts } = options;
    this.chainId = config.network.chainId ?? null;
    this.startedAtMs = (options.now ?? Date.now)();
    const account = (identity: string | undefined) => accountOf(accounts, identity);
    this.openings = [
      ...config.workers.map((worker) => ({
        role: 'worker' as const,
        account: account(worker.identity),
        worker,
      })),
      ...config.reputers.map((reputer) => ({
        role: 'reputer' as const,
        account: account(reputer.identity),
        reputer,
      })),
    ].map(openingOf);
  }

  get statusUrl(): string | null {
    return this.server?.url ?? null;
  }

  async start(): Promise<void> {
    const { config, baseDir } = this.options;
    const addresses = new Set(this.openings.map(({ account }) => account.address));
    try {
      for (const address of addresses)
        this.releases.push(takeLock(path.resolve(baseDir, config.stateDir, `${address}.lock`)));
      if (config.status !== false)
        this.server = await serveStatus(config.status, () => this.status(), this.metrics.registry);
    } catch (error) {
      for (const release of this.releases) release();
      throw error;
    }
    this.connecting = this.connect();
  }

  status(): RunnerStatus {
    const { config } = this.options;
    const books = this.openings.map(({ book }) => book);
    const participants = books.map((book) => book.status());
    return {
      network: { url: config.network.url, chainId: this.chainId },
      dryRun: config.dryRun,
      startedAtMs: this.startedAtMs,
      healthy:
        participants.every(({ state }) => state === 'running') &&
        books.every(({ missedInARow }) => missedInARow < MISSED_TOO_MANY),
      participants,
    };
  }

  async idle(): Promise<void> {
    await Promise.all(this.members.map((member) => member.idle()));
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.connecting;
    await Promise.all(this.members.map((member) => member.stop()));
    await this.server?.close();
    for (const release of this.releases) release();
  }

  /** Waits for the network, and then starts everyone: with its chain id signatures are made, and journals are told apart by its key. */
  private async connect(): Promise<void> {
    const { config, log } = this.options;
    const network = await this.network();
    if (!network) return;
    const wanted = config.network.chainId;
    if (wanted !== undefined && wanted !== network.chainId) {
      const trouble = `the network at ${config.network.url} is ${network.chainId}, not ${wanted}`;
      for (const { book } of this.openings) book.setState('blocked', trouble);
      log.error({}, trouble);
      return;
    }
    this.chainId = network.chainId;
    const client = this.client(network.chainId);
    const journals = await this.journals(network);
    const submitters = new Map([...journals.keys()].map((address) => [address, new Submitter()]));
    this.members = this.openings.map((opening) => {
      const { address } = opening.account;
      const own = { journal: journals.get(address)!, submitter: submitters.get(address)! };
      return openMember(opening, { ...this.options, ...own, client, metrics: this.metrics });
    });
    this.members.forEach((member, i) => member.start(i * config.limits.launchDelayMs));
  }

  private async network(): Promise<Network | null> {
    const { signal } = this.ending;
    const client = this.client('');
    for (; !signal.aborted; await sleep(NETWORK_RETRY_MS, signal)) {
      try {
        return await client.network();
      } catch (error) {
        if (!(error instanceof AlloraError)) throw error;
        for (const { book } of this.openings) book.setState('starting', wordsOf(error));
        this.options.log.warn({}, wordsOf(error));
      }
    }
    return null;
  }

  private client(chainId: string): AlloraClient {
    const { config, fetch, random } = this.options;
    const timeoutMs = config.limits.requestTimeoutMs;
    return createClient({
      baseUrl: config.network.url,
      chainId,
      timeoutMs,
      deadlineMs: timeoutMs,
      ...(fetch ? { fetch } : {}),
      ...(random ? { random } : {}),
    });
  }

  private async journals(network: Network): Promise<Map<string, Journal>> {
    const { config, baseDir, disk = realDisk } = this.options;
    const named = (publicKey: string): string => `${network.chainId} ${publicKey}`;
    const names = {
      network: named(network.networkPublicKey),
      formerly: network.receiptsVerifiableWith.map(named),
    };
    const journals = new Map<string, Journal>();
    for (const { account } of this.openings) {
      const { address } = account;
      if (journals.has(address)) continue;
      const file = path.resolve(baseDir, config.stateDir, `${address}.json`);
      journals.set(address, await Journal.open({ file, disk, ...names, address }));
    }
    return journals;
  }
}
