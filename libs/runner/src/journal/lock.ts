import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Two runners with one key could say two things at one nonce: the second one does not start. */
export class LockedError extends Error {
  constructor(file: string, pid: number) {
    super(
      `another runner (process ${pid}) works with this identity; stop it first, or remove ${file} if it is none`,
    );
    this.name = 'LockedError';
  }
}

/** Held until it is released or the process ends, however it ends: the lock of a process that is gone counts for nothing. */
export function takeLock(file: string): () => void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const mine = `${process.pid} ${os.hostname()}`;
  for (;;) {
    try {
      writeFileSync(file, mine, { flag: 'wx', mode: 0o600 });
      held.add(file);
      return () => {
        held.delete(file);
        rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = holderOf(file);
    if (holder !== null && (held.has(file) || isRunning(holder))) throw new LockedError(file, holder.pid);
    rmSync(file, { force: true });
  }
}

interface Holder {
  readonly pid: number;
  readonly host: string;
}

function holderOf(file: string): Holder | null {
  try {
    const [pid = '', host = ''] = readFileSync(file, 'utf8').split(' ');
    return { pid: Number(pid), host };
  } catch {
    return null;
  }
}

/** Locks of this process. */
const held = new Set<string>();

function isRunning({ pid, host }: Holder): boolean {
  if (host !== os.hostname() || !(pid > 0)) return false;
  // In a container every runner has the same process id: a lock with ours that we do not hold was left behind.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
