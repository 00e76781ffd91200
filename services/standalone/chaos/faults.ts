import { setTimeout as sleep } from 'node:timers/promises';
import { rewindGroup } from '@allora/bus/kafka-offsets';
import { allBusTopics } from '@allora/contracts/catalog';
import { serviceOf, type Cluster } from './cluster';
import type { LocalServer, LocalStack } from './local-stack';
import { openTransport, type LogReader } from './log-reader';
import { serverTargets, type Fault, type FaultKind, type ServerTarget, type Target } from './plan';
import type { TcpProxy } from './tcp-proxy';

export interface Battlefield {
  readonly cluster: Cluster;
  readonly stack: LocalStack;
  readonly reader: LogReader;
  readonly onFault: (fault: Fault, outcome: string) => void;
}

const isServer = (target: Target): target is ServerTarget =>
  (serverTargets as readonly string[]).includes(target);

/** With so many processes down a further fault would only prolong one long outage. */
const MOST_DOWN = 3;
const LONGEST_WAIT_MS = 20_000;
/** Faults are begun within so many lengths of the run. */
const LATEST = 2;
const LOOK_MS = 200;

/** Of how many topics a group is moved back: each takes kafkajs a group of its own. */
const REWOUND_TOPICS = 3;

/** Does what the plan says, each fault at its time, and mends it after its duration. */
export class FaultRunner {
  readonly counts: Partial<Record<FaultKind, number>> = {};
  /** By target, SIGKILL only. */
  readonly kills: Partial<Record<Target, number>> = {};
  readonly failures: string[] = [];
  /** Of the plan, but the machine was too slow for them. */
  skipped = 0;
  /** Records that were delivered again or put on a log again. */
  repeated = 0;

  constructor(private readonly field: Battlefield) {}

  /** Each at its time or later: on a slow machine a fault waits until the network has got up from those before. */
  async run(faults: readonly Fault[], { lengthMs, signal }: { lengthMs: number; signal: AbortSignal }) {
    const began = Date.now();
    const underway: Promise<void>[] = [];
    for (const fault of faults) {
      const dueMs = began + fault.atMs;
      await sleep(Math.max(0, dueMs - Date.now()), undefined, { signal }).catch(() => undefined);
      const giveUpMs = Math.min(Date.now() + LONGEST_WAIT_MS, began + LATEST * lengthMs);
      while (this.downCount() >= MOST_DOWN && Date.now() < giveUpMs && !signal.aborted) await sleep(LOOK_MS);
      if (signal.aborted) break;
      if (Date.now() > began + LATEST * lengthMs) this.skipped += 1;
      else underway.push(this.one(fault));
    }
    await Promise.all(underway);
  }

  private downCount(): number {
    return [...this.field.cluster.slots.values()].filter(({ isReady }) => !isReady).length;
  }

  private async one(fault: Fault): Promise<void> {
    try {
      this.counts[fault.kind] = (this.counts[fault.kind] ?? 0) + 1;
      if (fault.kind === 'kill') this.kills[fault.target] = (this.kills[fault.target] ?? 0) + 1;
      this.field.onFault(fault, 'begins');
      await this.doing[fault.kind](fault);
      this.field.onFault(fault, 'is over');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.failures.push(`${fault.kind} ${fault.target} at ${fault.atMs} ms: ${reason}`);
      this.field.onFault(fault, `failed: ${reason}`);
    }
  }

  private readonly doing: Readonly<Record<FaultKind, (fault: Fault) => Promise<void>>> = {
    kill: async ({ target, durationMs }) => {
      if (isServer(target)) {
        const server = this.server(target);
        server.kill();
        await sleep(durationMs);
        return server.start();
      }
      await this.field.cluster.slot(target).kill();
      await sleep(durationMs);
      this.field.cluster.start(target);
    },
    restart: async ({ target, durationMs }) => {
      await this.field.cluster.slot(target).terminate();
      await sleep(durationMs);
      this.field.cluster.start(target);
    },
    pause: async ({ target, durationMs }) => {
      const paused = isServer(target) ? this.server(target) : this.field.cluster.slot(target);
      paused.pause();
      await sleep(durationMs);
      paused.resume();
    },
    cut: async ({ target }) => {
      for (const proxy of this.proxies(target)) proxy.cut();
    },
    stall: ({ target, durationMs }) => this.weather(target, { kind: 'stall' }, durationMs),
    delay: ({ target, durationMs, amount }) =>
      this.weather(target, { kind: 'delay', delayMs: amount }, durationMs),
    lose_answers: ({ target, durationMs }) => this.weather(target, { kind: 'lose_answers' }, durationMs),
    redeliver: (fault) => this.redeliver(fault),
    duplicate: (fault) => this.duplicate(fault),
  };

  private async weather(
    target: Target,
    weather: Parameters<TcpProxy['setWeather']>[0],
    durationMs: number,
  ): Promise<void> {
    for (const proxy of this.proxies(target)) proxy.setWeather(weather);
    await sleep(durationMs);
    for (const proxy of this.proxies(target)) proxy.setWeather({ kind: 'clear' });
  }

  /** A group is moved back only while it has no members: all replicas of the service are stopped. */
  private async redeliver({ target, durationMs, amount }: Fault): Promise<void> {
    const { cluster, stack } = this.field;
    const service = serviceOf(target);
    const replicas = cluster.replicas(service);
    await Promise.all(replicas.map((slot) => slot.terminate()));
    const topics = allBusTopics
      .filter(({ consumers }) => (consumers as readonly string[]).includes(service))
      .map(({ name }) => name)
      .slice(-REWOUND_TOPICS);
    const brokers = [stack.kafka.directAddress];
    const group = `allora.${service}`;
    try {
      this.repeated += await persist(() => rewindGroup({ brokers, group, topics, records: amount }));
      await sleep(durationMs);
    } finally {
      for (const slot of replicas) cluster.start(slot.name);
    }
  }

  /** As a relay does that has lost its word from the database: the same records once more, behind the first. */
  private async duplicate({ amount }: Fault): Promise<void> {
    const transport = openTransport(this.field.stack.kafka.directAddress);
    try {
      for (const { name } of allBusTopics) {
        const last = this.field.reader.raw(name).slice(-amount);
        if (last.length === 0) continue;
        await persist(() => transport.append(name, last));
        this.repeated += last.length;
      }
    } finally {
      await transport.close();
    }
  }

  private server(target: ServerTarget): LocalServer {
    return this.field.stack[target];
  }

  private proxies(target: Target): readonly TcpProxy[] {
    if (isServer(target)) return [this.server(target).proxy];
    const { http, grpc } = this.field.cluster.slot(target);
    return [http, grpc];
  }
}

/** The broker itself may be under a fault meanwhile. */
async function persist<T>(deed: () => Promise<T>): Promise<T> {
  for (let left = 5; ; left -= 1) {
    try {
      return await deed();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(1_000);
    }
  }
}
