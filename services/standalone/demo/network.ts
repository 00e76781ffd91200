import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { stablePorts } from './ports';
import { startServiceProcess, type ServiceProcess } from './service-process';

/** Where each public door of a network is. In the standalone all are the same address. */
export interface NetworkUrls {
  readonly gateway: string;
  readonly topicCoordinator: string;
  readonly inferenceIngest: string;
  readonly forecastIngest: string;
  readonly reputation: string;
  readonly rewards: string;
}

export interface Network {
  readonly urls: NetworkUrls;
  readonly processes: readonly ServiceProcess[];
  stop(): Promise<void>;
}

/** The distributed network, in the order of its start. */
export const serviceNames = [
  'topic-coordinator',
  'rewards',
  'inference-ingest',
  'forecast-ingest',
  'synthesis',
  'reputation',
  'gateway',
] as const;

const START_LIMIT_MS = 120_000;

/** What a demonstration needs of a network: a clock it may push on and a faucet, and so nobody else at its doors. */
const demoEnv = {
  CLOCK: 'manual',
  FAUCET: 'open',
  LOG_FORMAT: 'json',
  HTTP_HOST: '127.0.0.1',
  GRPC_HOST: '127.0.0.1',
};

export interface Place {
  /** Root of the repository, where dist/ and prisma/ are. */
  readonly root: string;
  /** Logs and, for the standalone, its database. */
  readonly dataDir: string;
  /** Settings beside those of the demonstration, for every process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The whole network in one process, on its own embedded PostgreSQL. */
export async function startStandalone(
  place: Place,
  options: { readonly httpPort?: number; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Network> {
  await mkdir(place.dataDir, { recursive: true });
  const [freeHttpPort, grpcPort] = await stablePorts(2);
  const service = startServiceProcess({
    name: 'standalone',
    entry: path.join(place.root, 'dist/services/standalone/main.js'),
    httpPort: options.httpPort ?? freeHttpPort!,
    logFile: path.join(place.dataDir, 'logs/standalone.log'),
    env: { ...demoEnv, DATA_DIR: place.dataDir, GRPC_PORT: String(grpcPort), ...place.env, ...options.env },
  });
  await readyOrStop([service]);
  const url = service.httpUrl;
  return {
    urls: {
      gateway: url,
      topicCoordinator: url,
      inferenceIngest: url,
      forecastIngest: url,
      reputation: url,
      rewards: url,
    },
    processes: [service],
    stop: () => service.stop(),
  };
}

export interface DistributedParts {
  readonly databaseUrl: string;
  readonly kafkaBrokers: string;
  readonly redisUrl: string;
  /** Keeps this network's Kafka topics and groups apart from others on the same broker. */
  readonly busTopicPrefix: string;
}

/** Seven processes over Kafka, PostgreSQL and Redis. */
export async function startDistributed(place: Place, parts: DistributedParts): Promise<Network> {
  const ports = await stablePorts(serviceNames.length * 2);
  const httpPort = (name: (typeof serviceNames)[number]) => ports[serviceNames.indexOf(name)]!;
  const grpcPort = (name: (typeof serviceNames)[number]) =>
    ports[serviceNames.length + serviceNames.indexOf(name)]!;
  const shared = {
    ...demoEnv,
    BUS: 'kafka',
    DATABASE_URL: parts.databaseUrl,
    DATABASE_POOL_SIZE: '8',
    KAFKA_BROKERS: parts.kafkaBrokers,
    BUS_TOPIC_PREFIX: parts.busTopicPrefix,
    REDIS_URL: parts.redisUrl,
    NETWORK_KEY: randomBytes(32).toString('hex'),
    COORDINATOR_GRPC_ADDRESS: `127.0.0.1:${grpcPort('topic-coordinator')}`,
    INFERENCE_INGEST_GRPC_ADDRESS: `127.0.0.1:${grpcPort('inference-ingest')}`,
    FORECAST_INGEST_GRPC_ADDRESS: `127.0.0.1:${grpcPort('forecast-ingest')}`,
    SYNTHESIS_GRPC_ADDRESS: `127.0.0.1:${grpcPort('synthesis')}`,
    REPUTATION_GRPC_ADDRESS: `127.0.0.1:${grpcPort('reputation')}`,
    REWARDS_GRPC_ADDRESS: `127.0.0.1:${grpcPort('rewards')}`,
    ...place.env,
  };
  const processes = serviceNames.map((name) =>
    startServiceProcess({
      name,
      entry: path.join(place.root, `dist/services/${name}/main.js`),
      httpPort: httpPort(name),
      logFile: path.join(place.dataDir, `logs/${name}.log`),
      env: { ...shared, GRPC_PORT: String(grpcPort(name)) },
    }),
  );
  await readyOrStop(processes);
  const urlOf = (name: (typeof serviceNames)[number]) => `http://127.0.0.1:${httpPort(name)}`;
  return {
    urls: {
      gateway: urlOf('gateway'),
      topicCoordinator: urlOf('topic-coordinator'),
      inferenceIngest: urlOf('inference-ingest'),
      forecastIngest: urlOf('forecast-ingest'),
      reputation: urlOf('reputation'),
      rewards: urlOf('rewards'),
    },
    processes,
    stop: async () => {
      await Promise.all(processes.map((service) => service.stop()));
    },
  };
}

async function readyOrStop(processes: readonly ServiceProcess[]): Promise<void> {
  try {
    await Promise.all(processes.map((service) => service.ready(START_LIMIT_MS)));
  } catch (error) {
    await Promise.all(processes.map((service) => service.stop()));
    throw error;
  }
}
