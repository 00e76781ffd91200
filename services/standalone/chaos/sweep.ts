import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { commandLine } from '@allora/store/postgres-postmaster';

const PIDS = 'pids';

/** Notes a process that the run has started, with enough of its command line to know it again. */
export function notePid(dir: string, pid: number | undefined, mark: string): void {
  if (pid) appendFileSync(path.join(dir, PIDS), `${pid} ${mark}\n`);
}

/**
 * Ends what runs of before have left: a driver that was killed could not clean up. Runs whose driver lives are left alone, the
 * data of kept ones too.
 */
export function sweep(runs: string, log: (line: string) => void): void {
  if (!existsSync(runs)) return;
  for (const name of readdirSync(runs)) {
    const dir = path.join(runs, name);
    const driver = Number(name.split('-').at(-1));
    if (commandLine(driver).includes('chaos') || !existsSync(path.join(dir, PIDS))) continue;
    const noted = readFileSync(path.join(dir, PIDS), 'utf8').matchAll(/^(\d+) (.+)$/gm);
    const left = [...noted]
      .map(([, pid, mark]) => ({ pid: Number(pid), mark: mark! }))
      .filter(({ pid, mark }) => commandLine(pid).includes(mark));
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    if (left.length === 0) continue;
    log(`${name} was cut off and had left ${left.length} processes; they are ended`);
    rmSync(dir, { recursive: true, force: true });
  }
}
