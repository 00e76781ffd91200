import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedPostgresError, postgresBinaries, type RunAs } from './postgres-binaries';
import { clearStaleLock, postmasterOf } from './postgres-postmaster';
import { databaseName, databaseUrlOf, prepareDataDir } from './postgres-data';

export interface EmbeddedPostgresOptions {
  dataDir: string;
  /** Wanted loopback port; any free one without it. */
  port?: number;
  log: (line: string) => void;
  /** With it the server outlives this process and writes its log there; without it, it ends with this process. */
  detachedLogFile?: string;
}

export interface EmbeddedPostgres {
  url: string;
  port: number;
  pid: number;
  /** The folder in use: `dataDir`, or one under the temporary folder where the postgres user cannot reach that. */
  dataDir: string;
  stop(): Promise<void>;
}

const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;

/** For a small machine that also runs the services. Durability stays on: the embedded bus keeps accepted records here. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '', // a deep data folder would exceed the length of a socket path
  fsync: 'on',
  synchronous_commit: 'on',
  max_connections: '200', // eight services in one process, each with its own pool
  shared_buffers: '128MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  wal_compression: 'on',
  max_wal_size: '1GB',
  random_page_cost: '1.1',
  jit: 'off', // compiling costs more than any of our short queries
  log_checkpoints: 'off',
  TimeZone: 'UTC',
  log_timezone: 'UTC',
};

/** Starts PostgreSQL from npm's binaries, or takes over the server that a crashed run left on the same data. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = postgresBinaries();
  const dataDir = await prepareDataDir(options.dataDir, binaries, options.log);
  const detached = options.detachedLogFile !== undefined;
  const leftover = postmasterOf(dataDir);
  if (leftover) {
    options.log(`taking over the PostgreSQL that runs on ${dataDir} (pid ${leftover.pid})`);
    await ready(dataDir, leftover.port, () => !postmasterOf(dataDir));
    return running({ ...leftover, url: databaseUrlOf(dataDir, leftover.port), dataDir }, undefined, detached);
  }
  const port = options.port ?? (await freePort());
  for (let attempt = 1; ; attempt++) {
    clearStaleLock(dataDir);
    const child = await launch(binaries.postgres, dataDir, port, binaries.runAs, options);
    try {
      await ready(dataDir, port, () => child.exitCode !== null || child.signalCode !== null);
      return running(
        { pid: child.pid ?? 0, port, url: databaseUrlOf(dataDir, port), dataDir },
        child,
        detached,
      );
    } catch (error) {
      // Backends outlive a killed postmaster by some moments, and hold its shared memory for as long.
      if (attempt === 3 || postmasterOf(dataDir)) throw error;
      await sleep(1_000);
    }
  }
}

async function launch(
  postgres: string,
  dataDir: string,
  port: number,
  runAs: RunAs,
  options: EmbeddedPostgresOptions,
) {
  const args = [
    '-D',
    dataDir,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`]),
  ];
  const file = options.detachedLogFile === undefined ? undefined : openSync(options.detachedLogFile, 'a');
  // Always its own process group: Ctrl-C must reach the services first and the database last.
  const child = spawn(postgres, args, {
    ...runAs,
    cwd: path.dirname(postgres),
    detached: true,
    stdio: ['ignore', file ?? 'ignore', file ?? 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  if (file !== undefined) closeSync(file);
  if (child.stderr) createInterface({ input: child.stderr }).on('line', options.log);
  child.unref();
  return child;
}

function running(server: Omit<EmbeddedPostgres, 'stop'>, child: ChildProcess | undefined, detached: boolean) {
  // The last resort for a process that exits without stop(): SIGINT is PostgreSQL's fast, clean shutdown.
  const onExit = () => signal(server.pid, 'SIGINT');
  if (!detached) process.once('exit', onExit);
  const stop = async () => {
    process.removeListener('exit', onExit);
    child?.ref();
    await stopPostmaster(server.dataDir);
  };
  return { ...server, stop };
}

/** Ends the server on this data folder, whoever started it; returns when it is gone. */
export async function stopPostmaster(dataDir: string): Promise<void> {
  const server = postmasterOf(dataDir);
  if (!server) return;
  signal(server.pid, 'SIGINT');
  const deadline = Date.now() + stopTimeoutMs;
  while (postmasterOf(dataDir)?.pid === server.pid) {
    if (Date.now() > deadline) return signal(server.pid, 'SIGQUIT'); // recovers from its log at the next start
    await sleep(20);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // already gone
  }
}

async function ready(dataDir: string, port: number, gone: () => boolean): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    try {
      return await ensureDatabase(databaseUrlOf(dataDir, port, 'postgres'));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof pg.DatabaseError && error.code?.startsWith('28')) {
        throw new EmbeddedPostgresError(
          'NOT_OURS',
          `the server on port ${port} is not that of ${dataDir}: ${reason}`,
        );
      }
      if (gone())
        throw new EmbeddedPostgresError(
          'START_FAILED',
          `PostgreSQL ended while starting (${reason}): see its log`,
        );
      if (Date.now() > deadline)
        throw new EmbeddedPostgresError('START_FAILED', `PostgreSQL does not answer: ${reason}`);
      await sleep(30);
    }
  }
}

async function ensureDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [databaseName]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(databaseName)}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
