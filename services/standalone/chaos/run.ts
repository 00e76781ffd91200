import { createHash } from 'node:crypto';
import { accountFromKey } from '@allora/identity/account';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type AlloraClient } from '@allora/sdk/client';
import { allBusTopics } from '@allora/contracts/catalog';
import { deadLetterTopicsOf } from './dead-letters';
import { BlockDriver } from './blocks';
import { Cluster, serviceOf } from './cluster';
import { FaultRunner } from './faults';
import { History } from './history';
import { openLocalStack, type LocalStack } from './local-stack';
import { LogReader } from './log-reader';
import { type Scenario, targetsOf } from './plan';
import { sweep } from './sweep';
import type { Reporter } from './report';

export const CHAIN_ID = 'allora-chaos-1';

const env = {
  CLOCK: 'manual',
  FAUCET: 'open',
  // Epochs have seconds here, where they have minutes elsewhere.
  BLOCK_PATIENCE_MS: '1000',
  LOG_FORMAT: 'json',
  LOG_LEVEL: 'info',
  HTTP_HOST: '127.0.0.1',
  GRPC_HOST: '127.0.0.1',
  BUS: 'kafka',
  CHAIN_ID,
  NETWORK_KEY: createHash('sha256').update('allora-chaos network').digest('hex'),
  DATABASE_POOL_SIZE: '8',
  KAFKA_PARTITIONS: '4',
  // A replica that was killed is missed after this long, in which its partitions stand still.
  KAFKA_SESSION_TIMEOUT_MS: '4000',
};

/** Its receipts are to be signed with this one. */
export const networkIdentity = {
  chainId: CHAIN_ID,
  networkPublicKey: Buffer.from(accountFromKey(Buffer.from(env.NETWORK_KEY, 'hex')).publicKey).toString(
    'hex',
  ),
};

const START_LIMIT_MS = 180_000;

/** Everything of one run, from the servers up to the client. */
export interface Network {
  readonly dir: string;
  readonly stack: LocalStack;
  readonly cluster: Cluster;
  readonly reader: LogReader;
  readonly client: AlloraClient;
  readonly history: History;
  readonly blocks: BlockDriver;
  readonly faults: FaultRunner;
  /** What the processes said is wanted later; their data is not. */
  keepLogs(): void;
  dispose(): Promise<void>;
}

export interface NetworkOptions {
  readonly root: string;
  readonly dir: string;
  readonly scenario: Scenario;
  /** Settings beside those of every run. */
  readonly settings: Readonly<Record<string, string>>;
  readonly keep: boolean;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const { root, dir, scenario, settings, keep, reporter, signal } = options;
  const targets = targetsOf(scenario);
  const undo: (() => Promise<void>)[] = [];
  const dispose = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step().catch((error) => reporter.note(String(error)));
  };
  let keepsLogs = false;
  const clear = (): void => {
    if (keep || !existsSync(dir)) return;
    const names = readdirSync(dir).filter((name) => !(keepsLogs && name === 'logs'));
    for (const name of names) rmSync(path.join(dir, name), { recursive: true, force: true, maxRetries: 5 });
    if (!keepsLogs) rmSync(dir, { recursive: true, force: true });
  };
  try {
    sweep(path.dirname(dir), (line) => reporter.note(line));
    await mkdir(dir, { recursive: true });
    undo.push(() => Promise.resolve(clear()));
    const stack = await openLocalStack(dir, (line) => reporter.note(line));
    undo.push(() => stack.dispose());
    process.once('exit', () => stack.killNow());
    const cluster = await Cluster.open({
      root,
      dir,
      targets,
      env: {
        ...env,
        ...settings,
        DATABASE_URL: stack.postgres.address,
        KAFKA_BROKERS: stack.kafka.address,
        REDIS_URL: stack.redis.address,
      },
    });
    undo.push(() => cluster.dispose());
    process.once('exit', () => cluster.killNow());
    for (const name of targets) cluster.start(name);
    reporter.note('services are starting');
    const stopped = new Promise<string[]>((resolve) => signal.addEventListener('abort', () => resolve([])));
    const unready = await Promise.race([cluster.untilReady(START_LIMIT_MS), stopped]);
    signal.throwIfAborted();
    if (unready.length > 0) throw new Error(`${unready.join(', ')} did not become ready: see ${dir}/logs`);
    process.once('exit', clear);
    const reader = await LogReader.open(stack.kafka.directAddress, `chaos-${process.pid}`, [
      ...allBusTopics.map(({ name }) => name),
      ...deadLetterTopicsOf(targets.map(serviceOf)),
    ]);
    undo.push(() => reader.close());
    // A service that does not run here is never asked.
    const url = (name: string): string =>
      (cluster.replicas(name)[0] ?? cluster.slot('topic-coordinator')).httpUrl;
    const client = createClient({
      chainId: CHAIN_ID,
      maxRetries: 20,
      urls: {
        gateway: url('gateway'),
        topicCoordinator: url('topic-coordinator'),
        inferenceIngest: url('inference-ingest'),
        forecastIngest: url('forecast-ingest'),
        reputation: url('reputation'),
        rewards: url('rewards'),
      },
    });
    const history = new History();
    const blocks = new BlockDriver(url('topic-coordinator'));
    const faults = new FaultRunner({ cluster, stack, reader, onFault: reporter.fault });
    const keepLogs = (): void => void (keepsLogs = true);
    return { dir, stack, cluster, reader, client, history, blocks, faults, keepLogs, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

export async function until(done: () => boolean, limitMs: number, everyMs = 500): Promise<boolean> {
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; await sleep(everyMs))
    if (done()) return true;
  return done();
}

export const defaultDir = (root: string): string =>
  path.join(root, '.chaos', `${new Date().toISOString().replace(/[:.]/g, '-')}-${process.pid}`);
