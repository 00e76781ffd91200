import { createServiceBus } from '@allora/bus/create-service-bus';
import { createEmbeddedTransport } from '@allora/bus/embedded-transport';
import { createKafkaTransport } from '@allora/bus/kafka-transport';
import type { BusTransport } from '@allora/bus/transport';
import { Database } from '@allora/store/database';
import { Gauge } from 'prom-client';
import { auditGrpc } from './audit';
import type { Cache } from './cache';
import { createMemoryCache } from './cache-memory';
import { createRedisCache } from './cache-redis';
import { Callers } from './callers';
import type { Clock } from './clock';
import type { CommonConfig } from './common-config';
import { durationsOf } from './durations';
import { GrpcClients } from './grpc-client';
import { GrpcHost } from './grpc-host';
import { HealthProbes } from './health';
import { kafkaSecurity } from './kafka-settings';
import type { KitParts } from './kit.module';
import type { Log } from './log';
import { NetworkKey } from './network-key';
import { metricPrefix, type MetricsRegistry, type RequestMetrics } from './metrics';
import { OperationsPort } from './operations.http';
import { Operators } from './operators';
import { QuickDoor } from './quick-reads';
import { RateLimits } from './rate-limits';
import { ServiceBuses } from './service-bus.provider';
import { EventStreams } from './sse';
import type { StopSteps } from './stop-steps';
import { Tracing } from './tracing/tracing';

/** Half the pool at most: commands by HTTP and gRPC need connections while handlers are busy. */
const maxBusConcurrency = 8;

interface OpenOptions {
  readonly name: string;
  readonly config: CommonConfig;
  readonly log: Log;
  readonly clock: Clock;
  readonly registry: MetricsRegistry;
  readonly metrics: RequestMetrics;
  readonly database?: Database;
  readonly transport?: BusTransport;
}

/** Opens what the process stands on, database first, and notes for each how it is closed. */
export async function openParts(options: OpenOptions, steps: StopSteps): Promise<KitParts> {
  const { name, config, log, clock, registry, metrics } = options;
  const tracing = await Tracing.open(name, config);
  steps.add('traces', () => tracing.close());
  const probes = new HealthProbes();
  const database = options.database ?? openDatabase(options, steps);
  probes.add('database', () => database.ping());
  gaugeConnections(name, registry, database);
  const { cache, limits } = openCache(options, steps);
  probes.add(config.redisUrl === undefined ? 'cache' : 'redis', () => cache.ping());
  const transport = options.transport ?? openTransport(options, steps);
  // Asks the brokers for their topics and makes none; the embedded log is reached with the database.
  probes.add('bus', () => transport.ensureTopics([]));
  const callers = new Callers(limits);
  const grpcHost = new GrpcHost({
    log,
    limits,
    callers,
    ...(config.auditLog === 'on' ? { audit: (call) => auditGrpc(log, call) } : {}),
    tracing,
    durations: metrics.grpc,
    refused: metrics.refused,
    openStreams: metrics.grpcOpenStreams,
    slowReaders: metrics.slowReaders,
    slowReaderBytes: config.slowReaderBytes,
  });
  const grpcClients = new GrpcClients(grpcHost);
  steps.add('grpc clients', () => grpcClients.close());
  const eventStreams = new EventStreams({ probes, metrics, slowReaderBytes: config.slowReaderBytes });
  const busOptions = {
    concurrency: Math.max(1, Math.min(maxBusConcurrency, Math.floor(config.databasePoolSize / 2))),
    drainTimeoutMs: Math.floor(config.shutdownTimeoutMs / 4),
  };
  const buses = new ServiceBuses((service) =>
    createServiceBus({ service, database, transport, registry, log, tracing, options: busOptions }),
  );
  steps.add('bus', () => buses.drain());
  const networkKey = NetworkKey.of(config);
  const durations = durationsOf(metrics.http);
  const quickDoor = new QuickDoor({ config, callers, tracing, log, durations });
  const doors = { grpcHost, grpcClients, eventStreams, limits, callers, quickDoor, ...operatorsDoor(config) };
  const facts = { probes, networkKey, registry, durations, clock, log, tracing };
  return { database, transport, cache, buses, ...doors, ...facts };
}

const operatorsDoor = (config: CommonConfig) => ({
  operators: new Operators(config),
  operationsPort: config.operationsPort === undefined ? undefined : new OperationsPort(),
});

function openDatabase({ name, config, log }: OpenOptions, steps: StopSteps): Database {
  const database = Database.open({
    url: config.databaseUrl,
    maxConnections: config.databasePoolSize,
    name: `allora-${name}`,
    onConnectionError: (error) => log.detached.warn({ error }, 'database connection'),
  });
  steps.add('database', () => database.close());
  return database;
}

/** The rate limits live where the cache does: in Redis, on its connection, or in this process. */
function openCache(
  { config, log, metrics }: OpenOptions,
  steps: StopSteps,
): { cache: Cache; limits: RateLimits } {
  const { redisUrl, chainId } = config;
  const prefix = `allora:${chainId}:`;
  const redisCache =
    redisUrl === undefined ? undefined : createRedisCache({ url: redisUrl, log: log.detached, prefix });
  const cache = redisCache ?? createMemoryCache({ log });
  steps.add('cache', () => cache.close());
  const redis = redisCache?.connection;
  return { cache, limits: new RateLimits({ config, redis, prefix, refused: metrics.rateLimited }) };
}

function openTransport({ name, config, log }: OpenOptions, steps: StopSteps): BusTransport {
  const transport =
    config.bus === 'kafka'
      ? createKafkaTransport({
          brokers: config.kafkaBrokers,
          security: kafkaSecurity(config),
          clientId: `allora-${name}`,
          partitions: config.kafkaPartitions,
          replicationFactor: config.kafkaReplication,
          prefix: config.busTopicPrefix,
          sessionTimeoutMs: config.kafkaSessionTimeoutMs,
          log: log.detached,
        })
      : createEmbeddedTransport({ databaseUrl: config.databaseUrl, log: log.detached });
  steps.add('bus transport', () => transport.close());
  return transport;
}

function gaugeConnections(service: string, registry: MetricsRegistry, database: Database): void {
  new Gauge({
    name: `${metricPrefix(service)}database_connections`,
    help: 'Connections of the pool to the database, and work waiting for one, by state',
    labelNames: ['state'] as const,
    registers: [registry],
    collect() {
      const { open, idle, waiting, max } = database.poolUse;
      for (const [state, count] of Object.entries({ busy: open - idle, idle, waiting, max }))
        this.set({ state }, count);
    },
  });
}
