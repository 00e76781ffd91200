import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

/** The server that holds this data folder, if it lives. */
export function postmasterOf(dataDir: string): { pid: number; port: number } | undefined {
  const lock = readLock(dataDir);
  return lock && commandLine(lock.pid).includes(dataDir) ? lock : undefined;
}

/**
 * PostgreSQL takes any live process with the recorded pid for its predecessor and refuses to start. After a crash and a
 * reboot, or in a container where pids are small, that process is usually someone else's.
 */
export function clearStaleLock(dataDir: string): void {
  const file = path.join(dataDir, 'postmaster.pid');
  if (existsSync(file) && !postmasterOf(dataDir)) rmSync(file, { force: true });
}

function readLock(dataDir: string): { pid: number; port: number } | undefined {
  try {
    const lines = readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    const lock = { pid: Number(lines[0]), port: Number(lines[3]) };
    return lock.pid > 0 && lock.port > 0 ? lock : undefined;
  } catch {
    return undefined;
  }
}

/** Empty for a process that does not exist or is a zombie; slim images have /proc but no ps, macOS the reverse. */
export function commandLine(pid: number): string {
  if (existsSync('/proc/self/cmdline')) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  }
  return spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
}
