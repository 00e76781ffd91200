import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { localPrograms } from '../../../deploy/stack/local';
import type { Part } from '../../../deploy/stack/state';
import { stablePorts } from '../demo/ports';
import { notePid } from './sweep';
import { openTcpProxy, type TcpProxy } from './tcp-proxy';

type Running = Awaited<ReturnType<(typeof localPrograms)[Part]['start']>>;

/** One server of the run's own, with a proxy before it: killed, paused and started again on the same data and ports. */
export class LocalServer {
  private running: Running | undefined;

  private constructor(
    readonly part: Part,
    private readonly dir: string,
    private readonly port: number,
    readonly proxy: TcpProxy,
    private readonly log: (line: string) => void,
  ) {}

  static async open(part: Part, dir: string, log: (line: string) => void): Promise<LocalServer> {
    const [port] = await stablePorts(1);
    const server = new LocalServer(
      part,
      path.join(dir, part),
      port!,
      await openTcpProxy({ port: port! }),
      log,
    );
    await server.start();
    return server;
  }

  /** Address through the proxy. */
  get address(): string {
    return this.at(this.proxy.port);
  }

  /** Address behind the proxy, for the checks. */
  get directAddress(): string {
    return this.at(this.port);
  }

  private at(port: number): string {
    const { address } = this.current;
    if (this.part === 'kafka') return `127.0.0.1:${port}`;
    const url = new URL(address);
    url.port = String(port);
    return url.href;
  }

  get pid(): number {
    return this.current.pid ?? 0;
  }

  async start(): Promise<void> {
    const { part, dir, port, log } = this;
    mkdirSync(path.dirname(dir), { recursive: true });
    const place = { dir, port, advertisedPort: this.proxy.port, log };
    this.running = await localPrograms[part].start(place);
    // PostgreSQL may keep its data elsewhere than it was asked to.
    notePid(path.dirname(dir), this.pid, (part === 'postgres' && this.running.dataDir) || dir);
  }

  /** SIGKILL to it and all its children: nothing is written that was not written before. */
  kill(): void {
    this.signal('SIGKILL');
  }

  pause(): void {
    this.signal('SIGSTOP');
  }

  resume(): void {
    this.signal('SIGCONT');
  }

  async dispose(): Promise<void> {
    await this.proxy.close();
    if (!this.running) return;
    this.kill();
    const recorded = { way: 'local' as const, ...this.running };
    await localPrograms[this.part].stop(this.dir, recorded);
    localPrograms[this.part].purge(this.dir, recorded);
  }

  private signal(name: NodeJS.Signals): void {
    const children = childrenOf(this.pid);
    for (const pid of [this.pid, ...children]) {
      try {
        process.kill(pid, name);
      } catch {
        // it has ended by itself
      }
    }
  }

  private get current(): Running {
    if (!this.running) throw new Error(`${this.part} was not started`);
    return this.running;
  }
}

/** PostgreSQL has a process for each connection. Elsewhere than on Linux they end with their postmaster, a little later. */
function childrenOf(parent: number): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => parentOf(pid) === parent);
  } catch {
    return [];
  }
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in parentheses and may hold spaces; the state and the parent follow it.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

export interface LocalStack {
  readonly postgres: LocalServer;
  readonly kafka: LocalServer;
  readonly redis: LocalServer;
  /** At once and without waiting: for a process that is about to exit. */
  killNow(): void;
  dispose(): Promise<void>;
}

export async function openLocalStack(dir: string, log: (line: string) => void): Promise<LocalStack> {
  const opened: LocalServer[] = [];
  const open = async (part: Part): Promise<LocalServer> => {
    const server = await LocalServer.open(part, dir, (line) => log(`${part}: ${line}`));
    opened.push(server);
    return server;
  };
  const dispose = async (): Promise<void> => {
    await Promise.all(opened.map((server) => server.dispose()));
  };
  try {
    const [postgres, kafka, redis] = await Promise.all([open('postgres'), open('kafka'), open('redis')]);
    const killNow = (): void => opened.forEach((server) => server.kill());
    return { postgres, kafka, redis, killNow, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
