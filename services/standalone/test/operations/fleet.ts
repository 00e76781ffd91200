import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serviceNames, type DistributedParts, type NetworkUrls } from '../../demo/network';
import { stablePorts } from '../../demo/ports';
import { startServiceProcess, type ServiceProcess } from '../../demo/service-process';
import { openBalancer, type Balancer } from './balancer';

export type ServiceName = (typeof serviceNames)[number];

/** A version of the network as it is shipped: `dist/`, `prisma/` and `node_modules/` in one folder. */
export interface Release {
  readonly name: string;
  readonly dir: string;
}

const READY_LIMIT_MS = 120_000;
const PROBE_MS = 100;

/** One replica of a service, whichever release runs there at the moment. */
export class Replica {
  /** Of every process that was told to stop: null when it had to be killed. */
  readonly exitCodes: (number | null)[] = [];
  private running: ServiceProcess | undefined;
  private ready = false;

  constructor(
    readonly service: ServiceName,
    readonly name: string,
    readonly ports: { readonly http: number; readonly grpc: number },
    private readonly logDir: string,
  ) {}

  get isReady(): boolean {
    return this.ready;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.ports.http}`;
  }

  async start(release: Release, env: Readonly<Record<string, string>>): Promise<void> {
    const started = startServiceProcess({
      name: `${this.name} of ${release.name}`,
      entry: path.join(release.dir, `dist/services/${this.service}/main.js`),
      cwd: release.dir,
      httpPort: this.ports.http,
      logFile: path.join(this.logDir, `${this.name}.log`),
      env: { ...env, GRPC_PORT: String(this.ports.grpc) },
    });
    this.running = started;
    await started.ready(READY_LIMIT_MS);
    this.ready = true;
    void this.probe(started);
  }

  /** As a rolling update does it: told to stop, and waited for. */
  async stop(): Promise<void> {
    const { running } = this;
    if (!running) return;
    await running.stop();
    this.running = undefined;
    this.ready = false;
    this.exitCodes.push(running.child.exitCode);
  }

  private async probe(process: ServiceProcess): Promise<void> {
    while (this.running === process) {
      const answer = await fetch(`${this.httpUrl}/health/ready`, {
        signal: AbortSignal.timeout(2_000),
      }).catch(() => null);
      await answer?.body?.cancel();
      if (this.running === process) this.ready = answer?.ok ?? false;
      await sleep(PROBE_MS);
    }
  }
}

export interface FleetOptions {
  readonly parts: DistributedParts;
  readonly logDir: string;
  readonly replicas: number;
  /** Besides those of every fleet. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The seven services, each in as many processes as asked for behind a balancer of HTTP and one of gRPC. */
export class Fleet {
  private constructor(
    readonly replicas: readonly Replica[],
    private readonly doors: ReadonlyMap<ServiceName, { readonly http: Balancer; readonly grpc: Balancer }>,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async open({ parts, logDir, replicas: count, env = {} }: FleetOptions): Promise<Fleet> {
    const replicas: Replica[] = [];
    const doors = new Map<ServiceName, { http: Balancer; grpc: Balancer }>();
    for (const service of serviceNames) {
      const own: Replica[] = [];
      for (let n = 1; n <= count; n += 1) {
        const [http, grpc] = await stablePorts(2);
        own.push(new Replica(service, `${service}-${n}`, { http: http!, grpc: grpc! }, logDir));
      }
      const backends = (door: 'http' | 'grpc') =>
        own.map((replica) => ({ port: replica.ports[door], isReady: () => replica.isReady }));
      doors.set(service, {
        http: await openBalancer(backends('http')),
        grpc: await openBalancer(backends('grpc')),
      });
      replicas.push(...own);
    }
    const grpc = (service: ServiceName) => `127.0.0.1:${doors.get(service)!.grpc.port}`;
    return new Fleet(replicas, doors, {
      CLOCK: 'manual',
      FAUCET: 'open',
      LOG_FORMAT: 'json',
      HTTP_HOST: '127.0.0.1',
      GRPC_HOST: '127.0.0.1',
      BUS: 'kafka',
      DATABASE_URL: parts.databaseUrl,
      DATABASE_POOL_SIZE: '4',
      KAFKA_BROKERS: parts.kafkaBrokers,
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      BUS_TOPIC_PREFIX: parts.busTopicPrefix,
      REDIS_URL: parts.redisUrl,
      NETWORK_KEY: randomBytes(32).toString('hex'),
      // Longer than a probe takes to notice, as the chart has it.
      SHUTDOWN_DELAY_MS: '500',
      COORDINATOR_GRPC_ADDRESS: grpc('topic-coordinator'),
      INFERENCE_INGEST_GRPC_ADDRESS: grpc('inference-ingest'),
      FORECAST_INGEST_GRPC_ADDRESS: grpc('forecast-ingest'),
      SYNTHESIS_GRPC_ADDRESS: grpc('synthesis'),
      REPUTATION_GRPC_ADDRESS: grpc('reputation'),
      REWARDS_GRPC_ADDRESS: grpc('rewards'),
      ...env,
    });
  }

  /** Behind the balancers. */
  get urls(): NetworkUrls {
    const url = (service: ServiceName) => `http://127.0.0.1:${this.doors.get(service)!.http.port}`;
    return {
      gateway: url('gateway'),
      topicCoordinator: url('topic-coordinator'),
      inferenceIngest: url('inference-ingest'),
      forecastIngest: url('forecast-ingest'),
      reputation: url('reputation'),
      rewards: url('rewards'),
    };
  }

  grpcAddress(service: ServiceName): string {
    return `127.0.0.1:${this.doors.get(service)!.grpc.port}`;
  }

  replicasOf(service: ServiceName): readonly Replica[] {
    return this.replicas.filter((replica) => replica.service === service);
  }

  start(replica: Replica, release: Release): Promise<void> {
    return replica.start(release, this.env);
  }

  async startAll(release: Release, which = this.replicas): Promise<void> {
    await Promise.all(which.map((replica) => this.start(replica, release)));
  }

  /** Stopped, and started as the release; the others do its work meanwhile. */
  async roll(replica: Replica, release: Release): Promise<void> {
    await replica.stop();
    await this.start(replica, release);
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.stop()));
    for (const { http, grpc } of this.doors.values()) await Promise.all([http.close(), grpc.close()]);
  }
}
