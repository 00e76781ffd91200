import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf, StackError } from './errors';

type Log = (line: string) => void;

/** A program's path; as root on Debian or Ubuntu a missing one is installed, elsewhere the error says what to install. */
export async function requireProgram(
  name: string,
  aptPackage: string,
  instead: string,
  log: Log,
): Promise<string> {
  const found = findProgram(name);
  if (found) return found;
  const remedy = `install ${name} (Debian, Ubuntu: apt-get install ${aptPackage}), run a Docker engine, or set ${instead}`;
  if (process.getuid?.() !== 0 || !findProgram('apt-get')) {
    throw new StackError('PROGRAM_MISSING', `${name} is not in the PATH: ${remedy}`);
  }
  try {
    await aptInstall(aptPackage, log);
  } catch (error) {
    throw new StackError('PROGRAM_MISSING', `${name} could not be installed (${reasonOf(error)}): ${remedy}`);
  }
  const installed = findProgram(name);
  if (installed) return installed;
  throw new StackError('PROGRAM_MISSING', `the package ${aptPackage} brought no ${name}: ${remedy}`);
}

export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** apt-get holds a system-wide lock: the parts, which start side by side, take turns. */
let aptTurn: Promise<unknown> = Promise.resolve();

function aptInstall(name: string, log: Log): Promise<void> {
  const turn = aptTurn.then(async () => {
    log(`installing the system package ${name}`);
    await retried(() => run('apt-get', ['update', '-qq']), log);
    await withoutServiceStart(() => retried(() => run('apt-get', [...aptOptions, name]), log));
  });
  aptTurn = turn.catch(() => undefined);
  return turn;
}

const aptOptions = ['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];

/** Debian starts a server with its package. We start our own on another port: its is told off by Debian's own switch. */
async function withoutServiceStart(work: () => Promise<unknown>): Promise<void> {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await work();
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

/** Package registries are slow or away for moments more often than for good. */
export async function retried<T>(work: () => Promise<T>, log: Log): Promise<T> {
  for (const waitMs of [3_000, 10_000]) {
    try {
      return await work();
    } catch (error) {
      log(`${reasonOf(error).split('\n')[0]}; again in ${waitMs / 1000} s`);
      await sleep(waitMs);
    }
  }
  return work();
}

export interface RunOptions {
  timeoutMs?: number;
  env?: NodeJS.ProcessEnv;
}

/** Runs a command to its end and returns what it printed. */
export function run(program: string, args: string[], options: RunOptions = {}): Promise<string> {
  const { timeoutMs = 600_000, env } = options;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...env },
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject).once('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const ending = signal === null ? `exit code ${code}` : `no end within ${timeoutMs / 1000} s`;
      const command = [path.basename(program), ...args.slice(0, 3)].join(' ');
      reject(new StackError('COMMAND_FAILED', `${command}: ${ending}\n${output.trim().slice(-1_000)}`));
    });
  });
}
