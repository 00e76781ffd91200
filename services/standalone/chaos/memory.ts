import { readFileSync } from 'node:fs';
import type { Cluster } from './cluster';
import type { Violation } from './violation';

export interface Sample {
  readonly atMs: number;
  readonly megabytes: number;
}

export interface ProcessMemory {
  readonly name: string;
  /** Since its last start. */
  readonly lifeSeconds: number;
  readonly startMegabytes: number;
  readonly endMegabytes: number;
  /** End against start. */
  readonly growth: number;
  /** False for a life too short to have a plateau. */
  readonly judged: boolean;
}

const EVERY_MS = 1_000;
/** A new process compiles, fills its caches and its first heap generation; a plateau begins behind that. */
const WARM_UP_MS = 40_000;
const PLATEAU_MS = 20_000;
/** Two plateaus and a warm-up. */
const LEAST_LIFE_MS = WARM_UP_MS + 2 * PLATEAU_MS;
const MOST_GROWTH = 1.2;

/** Resident memory of every process since its last start. */
export class MemoryWatch {
  private readonly lives = new Map<string, { pid: number; samples: Sample[] }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly cluster: Cluster) {}

  start(): void {
    this.timer = setInterval(() => this.look(), EVERY_MS);
  }

  stop(): ProcessMemory[] {
    clearInterval(this.timer);
    return [...this.lives].map(([name, { samples }]) => measure(name, samples));
  }

  private look(): void {
    for (const { name, pid, isReady } of this.cluster.slots.values()) {
      const megabytes = pid === undefined || !isReady ? undefined : residentMegabytes(pid);
      if (megabytes === undefined || pid === undefined) continue;
      const life = this.lives.get(name);
      if (life?.pid === pid) life.samples.push({ atMs: Date.now(), megabytes });
      else this.lives.set(name, { pid, samples: [{ atMs: Date.now(), megabytes }] });
    }
  }
}

/** Pure. A short life is cut into a warm-up and two plateaus of its own length, and not judged. */
export function measure(name: string, samples: readonly Sample[]): ProcessMemory {
  const firstMs = samples[0]?.atMs ?? 0;
  const lastMs = samples[samples.length - 1]?.atMs ?? 0;
  const lifeMs = lastMs - firstMs;
  const judged = lifeMs >= LEAST_LIFE_MS;
  const warmUpMs = judged ? WARM_UP_MS : lifeMs / 3;
  const plateauMs = judged ? PLATEAU_MS : lifeMs / 3;
  const between = (from: number, to: number) =>
    median(samples.filter(({ atMs }) => atMs >= from && atMs <= to).map(({ megabytes }) => megabytes));
  const start = between(firstMs + warmUpMs, firstMs + warmUpMs + plateauMs);
  const end = between(lastMs - plateauMs, lastMs);
  return {
    name,
    lifeSeconds: Math.round(lifeMs / 1_000),
    startMegabytes: start,
    endMegabytes: end,
    growth: start > 0 ? Math.round((end / start) * 1_000) / 1_000 : 1,
    judged,
  };
}

export const checkMemory = (processes: readonly ProcessMemory[]): Violation[] =>
  processes
    .filter(({ judged, growth }) => judged && growth > MOST_GROWTH)
    .map(({ name, startMegabytes, endMegabytes }) => ({
      rule: 'MEMORY_GROWS',
      about: name,
      detail: `${startMegabytes} MB at first, ${endMegabytes} MB at the end`,
    }));

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}

function residentMegabytes(pid: number): number | undefined {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1_024;
  } catch {
    return undefined; // ended meanwhile, or not Linux
  }
}
