import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stablePorts } from '../demo/ports';
import { startServiceProcess, type ServiceProcess } from '../demo/service-process';
import { notePid } from './sweep';
import { openTcpProxy, type TcpProxy } from './tcp-proxy';

export interface SlotOptions {
  /** Unlike the service's name where it runs more than once. */
  readonly name: string;
  readonly service: string;
  readonly root: string;
  readonly logFile: string;
}

/** A process that ended without having been asked to. */
export interface Crash {
  readonly target: string;
  readonly atMs: number;
  readonly exit: string;
  /** False: it gave up its start, which is fair while what it stands on is away. */
  readonly wasReady: boolean;
}

const RESTART_MS = 1_000;
const READY_LIMIT_MS = 120_000;

/** One process of the network on ports of its own, whoever runs there at the moment, with proxies before its doors. */
export class ServiceSlot {
  readonly crashes: Crash[] = [];
  private process: ServiceProcess | undefined;
  private wanted = false;
  private ready = false;
  /** When the process that runs now became ready; undefined before. */
  readySinceMs: number | undefined;

  private constructor(
    private readonly options: SlotOptions,
    private readonly ports: { readonly http: number; readonly grpc: number },
    readonly http: TcpProxy,
    readonly grpc: TcpProxy,
  ) {}

  static async open(options: SlotOptions): Promise<ServiceSlot> {
    const [http, grpc] = await stablePorts(2);
    const ports = { http: http!, grpc: grpc! };
    return new ServiceSlot(
      options,
      ports,
      await openTcpProxy({ port: ports.http }),
      await openTcpProxy({ port: ports.grpc }),
    );
  }

  get name(): string {
    return this.options.name;
  }

  get service(): string {
    return this.options.service;
  }

  /** Through the proxy, as all below. */
  get httpUrl(): string {
    return `http://127.0.0.1:${this.http.port}`;
  }

  get grpcAddress(): string {
    return `127.0.0.1:${this.grpc.port}`;
  }

  get pid(): number | undefined {
    return this.process?.child.pid;
  }

  private get isAlive(): boolean {
    const { exitCode, signalCode } = this.process?.child ?? { exitCode: 0, signalCode: null };
    return exitCode === null && signalCode === null;
  }

  get isReady(): boolean {
    return this.ready;
  }

  /** Nothing when it runs: two faults that overlap both start what they ended. */
  start(env: Readonly<Record<string, string>>): void {
    if (this.wanted && this.isAlive) return;
    const { name, service, root, logFile } = this.options;
    this.wanted = true;
    this.ready = false;
    this.readySinceMs = undefined;
    const started = startServiceProcess({
      name,
      entry: path.join(root, `dist/services/${service}/main.js`),
      httpPort: this.ports.http,
      logFile,
      env: { ...env, GRPC_PORT: String(this.ports.grpc) },
    });
    this.process = started;
    notePid(
      path.dirname(path.dirname(logFile)),
      started.child.pid,
      path.join(root, `dist/services/${service}/`),
    );
    started.ready(READY_LIMIT_MS).then(
      () => {
        if (this.process !== started) return;
        this.ready = true;
        this.readySinceMs = Date.now();
      },
      () => undefined,
    );
    started.child.once('exit', (code, signal) => {
      if (this.process !== started || !this.wanted) return;
      const exit = signal ?? `exit code ${code}`;
      this.crashes.push({ target: name, atMs: Date.now(), exit, wasReady: this.ready });
      void sleep(RESTART_MS).then(() => {
        if (this.process === started && this.wanted) this.start(env);
      });
    });
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async terminate(): Promise<void> {
    await this.end('SIGTERM');
  }

  pause(): void {
    this.process?.child.kill('SIGSTOP');
  }

  resume(): void {
    this.process?.child.kill('SIGCONT');
  }

  async untilReady(timeoutMs: number): Promise<boolean> {
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(100))
      if (this.ready) return true;
    return false;
  }

  killNow(): void {
    this.wanted = false;
    this.process?.child.kill('SIGKILL');
  }

  async dispose(): Promise<void> {
    await Promise.all([this.kill(), this.http.close(), this.grpc.close()]);
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    this.wanted = false;
    this.ready = false;
    this.process?.child.kill('SIGCONT');
    // `stop` sends SIGTERM by itself: a second one would make it leave at once.
    if (signal === 'SIGKILL') this.process?.child.kill(signal);
    await this.process?.stop();
  }
}

export interface ClusterOptions {
  readonly root: string;
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly targets: readonly string[];
}

/** Target name to service: the number of a replica falls off. */
export const serviceOf = (target: string): string => target.replace(/-\d+$/, '');

/** All processes of the network, each in its slot. */
export class Cluster {
  private constructor(
    readonly slots: ReadonlyMap<string, ServiceSlot>,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async open({ root, dir, env, targets }: ClusterOptions): Promise<Cluster> {
    const slots = new Map<string, ServiceSlot>();
    for (const name of targets) {
      const logFile = path.join(dir, 'logs', `${name}.log`);
      slots.set(name, await ServiceSlot.open({ name, service: serviceOf(name), root, logFile }));
    }
    return new Cluster(slots, {
      ...env,
      COORDINATOR_GRPC_ADDRESS: slots.get('topic-coordinator')!.grpcAddress,
      REWARDS_GRPC_ADDRESS: [...slots.values()].find(({ service }) => service === 'rewards')!.grpcAddress,
    });
  }

  slot(name: string): ServiceSlot {
    const slot = this.slots.get(name);
    if (!slot) throw new Error(`there is no process ${name}`);
    return slot;
  }

  /** The replicas of a service, in order. */
  replicas(service: string): ServiceSlot[] {
    return [...this.slots.values()].filter((slot) => slot.service === service);
  }

  start(name: string): void {
    this.slot(name).start(this.env);
  }

  /** Names of those that did not become ready in time. */
  async untilReady(timeoutMs: number): Promise<string[]> {
    const ready = await Promise.all(
      [...this.slots.values()].map(async (slot) => ({
        name: slot.name,
        ready: await slot.untilReady(timeoutMs),
      })),
    );
    return ready.filter((one) => !one.ready).map(({ name }) => name);
  }

  get crashes(): Crash[] {
    return [...this.slots.values()].flatMap(({ crashes }) => crashes);
  }

  /** At once and without waiting: for a process that is about to exit. */
  killNow(): void {
    for (const slot of this.slots.values()) slot.killNow();
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.slots.values()].map((slot) => slot.dispose()));
  }
}
