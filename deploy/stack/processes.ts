import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from '@allora/store/postgres-postmaster';
import { reasonOf, StackError } from './errors';
import type { Part } from './state';

export interface Daemon {
  part: Part;
  program: string;
  args: string[];
  /** Holds the pid file. */
  dir: string;
  logFile: string;
  /** An argument that no other process has: a pid alone may be someone else's by now. */
  mark: string;
  answers: () => Promise<{ version: string }>;
}

const startTimeoutMs = 120_000;

/** Starts a program that outlives this process, and returns when it answers. */
export async function startDaemon(daemon: Daemon): Promise<{ pid: number; version: string }> {
  await stopDaemon(daemon.dir, daemon.mark); // one that is alive yet not answering, or whose record was lost
  const log = openSync(daemon.logFile, 'a');
  const child = spawn(daemon.program, daemon.args, {
    detached: true,
    cwd: daemon.dir,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  child.unref();
  const pid = child.pid ?? 0;
  writeFileSync(pidFile(daemon.dir), String(pid));
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    try {
      return { pid, ...(await daemon.answers()) };
    } catch (error) {
      const ended = child.exitCode !== null || child.signalCode !== null;
      if (ended || Date.now() > deadline) {
        const what = ended ? 'ended while starting' : 'does not answer';
        throw new StackError(
          'START_FAILED',
          `${daemon.part} ${what} (${reasonOf(error)}): see ${daemon.logFile}`,
        );
      }
      await sleep(50);
    }
  }
}

/** Asks the program to end and returns when it has; after half a minute it is killed. */
export async function stopDaemon(dir: string, mark: string): Promise<void> {
  const pid = daemonPid(dir, mark);
  if (pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    const deadline = Date.now() + 30_000;
    while (daemonPid(dir, mark) !== undefined) {
      if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
      await sleep(50);
    }
  }
  rmSync(pidFile(dir), { force: true });
}

function daemonPid(dir: string, mark: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile(dir), 'utf8'));
    return pid > 0 && commandLine(pid).includes(mark) ? pid : undefined;
  } catch {
    return undefined;
  }
}

const pidFile = (dir: string) => path.join(dir, 'pid');

/** The wanted loopback port when nobody has it, else any free one. */
export async function freePort(wanted: number): Promise<number> {
  return (await listens(wanted)) ?? (await listens(0)) ?? wanted;
}

function listens(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}
