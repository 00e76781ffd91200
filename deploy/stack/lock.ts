import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from '@allora/store/postgres-postmaster';
import { StackError } from './errors';

/** Longer than a first start on a slow line, where Kafka's 50 MB of jars and two packages are fetched. */
const waitMs = 15 * 60_000;

/** Runs `work` while no other process does on the same folder. A holder that died does not block. */
export async function withLock<T>(
  dir: string,
  log: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dir, { recursive: true });
  const file = path.join(dir, 'lock');
  const claim = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  // The command line tells a live holder from a stranger that got its pid after a reboot.
  writeFileSync(claim, `${process.pid}\n${commandLine(process.pid)}`);
  const deadline = Date.now() + waitMs;
  let told = false;
  try {
    while (!acquired(claim, file)) {
      const holder = read(file);
      if (holder !== undefined && !isAlive(holder)) breakStale(file, claim);
      else {
        if (Date.now() > deadline)
          throw new StackError('LOCK_TIMEOUT', `${file} is held by pid ${pidOf(holder ?? '')}`);
        if (!told && holder !== undefined) log(`waiting for another run (pid ${pidOf(holder)})`);
        told ||= holder !== undefined;
        await sleep(200);
      }
    }
    try {
      return await work();
    } finally {
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(claim, { force: true });
  }
}

/** A hard link appears with its content or not at all, unlike a file that is created and then written. */
function acquired(claim: string, file: string): boolean {
  try {
    linkSync(claim, file);
    return true;
  } catch {
    return false;
  }
}

/** Two waiters may both find the lock stale: what a rename catches is looked at again and put back if it is alive. */
function breakStale(file: string, claim: string): void {
  const caught = `${claim}.stale`;
  try {
    renameSync(file, caught);
  } catch {
    return; // the other waiter was first
  }
  if (isAlive(read(caught) ?? '')) acquired(caught, file);
  rmSync(caught, { force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const pidOf = (holder: string) => Number(holder.split('\n')[0]);

function isAlive(holder: string): boolean {
  const [pid, ...args] = holder.split('\n');
  return commandLine(Number(pid)) === args.join('\n') && args.join('') !== '';
}
