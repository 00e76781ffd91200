import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface WorkerSpec extends Record<string, string> {
  service: string;
  topic: string;
  databaseUrl: string;
}

interface KilledWorkers {
  readonly worker: WorkerSpec;
  readonly random: () => number;
  /** How many effects there are. */
  readonly done: () => Promise<number>;
  readonly total: number;
}

const script = path.join(import.meta.dirname, 'worker.ts');
const kills = 3;
const giveUpMs = 60_000;

/** Runs a consumer in a process of its own and kills it without warning in the midst of its work, then lets one finish. */
export async function killedWorkers({ worker, random, done, total }: KilledWorkers): Promise<void> {
  const deadline = Date.now() + giveUpMs;
  for (let round = 0; round <= kills; round++) {
    const before = await done();
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      env: { ...process.env, WORKER: JSON.stringify(worker) },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    try {
      await until(async () => (await done()) > (round === kills ? total - 1 : before), child, deadline);
      if (round < kills) await sleep(random() * 60);
    } finally {
      child.kill('SIGKILL');
      await new Promise((resolve) =>
        child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(0),
      );
    }
  }
}

async function until(good: () => Promise<boolean>, child: ChildProcess, deadline: number): Promise<void> {
  while (!(await good())) {
    if (child.exitCode !== null) throw new Error(`the worker ended by itself (${child.exitCode})`);
    if (Date.now() > deadline) throw new Error('the worker does not get on');
    await sleep(10);
  }
}
