import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';

/** The core of whatever is measured; everything else of the bench keeps to the others. */
const MEASURED_CORE = '0';
const TICKS_A_SECOND = 100;

/** As image and chart start a service. */
export const NODE = ['node', '--max-semi-space-size=32', '--v8-pool-size=1'] as const;

export interface Pinned {
  readonly child: ChildProcess;
  /** The next line that the program prints. */
  line(): Promise<string>;
  /** Processor time used so far, of all its threads. */
  cpuSeconds(): number;
  /** Its main thread keeps the measured core; its helpers, which compile and collect garbage, go where there is room. */
  freeHelpers(): Promise<void>;
  /** As it was started. */
  pinHelpers(): Promise<void>;
  stop(): Promise<void>;
}

/** Runs a program on the measured core alone. */
export function startPinned(command: readonly string[], env: Readonly<Record<string, string>> = {}): Pinned {
  const child = spawn('taskset', ['-c', MEASURED_CORE, ...command], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    line: async () => String((await lines.next()).value),
    cpuSeconds: () => {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
    },
    freeHelpers: async () => {
      await place(child.pid!, `0-${availableParallelism() - 1}`, 'all threads');
      await place(child.pid!, MEASURED_CORE, 'main thread');
    },
    pinHelpers: () => place(child.pid!, MEASURED_CORE, 'all threads'),
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** The bench itself, which makes the load, leaves the measured core. */
export async function leaveMeasuredCore(): Promise<void> {
  await place(process.pid, `1-${availableParallelism() - 1}`, 'all threads');
}

async function place(pid: number, cores: string, which: 'all threads' | 'main thread'): Promise<void> {
  const all = which === 'all threads' ? ['-a'] : [];
  await once(spawn('taskset', [...all, '-cp', cores, String(pid)], { stdio: 'ignore' }), 'exit');
}
