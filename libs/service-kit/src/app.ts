import { setLogger } from '@grpc/grpc-js';
import { NestFactory } from '@nestjs/core';
import type { Abstract, DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServiceBus } from '@allora/bus/service-bus';
import type { BusTransport } from '@allora/bus/transport';
import { allBusTopics, type ServiceName } from '@allora/contracts/catalog';
import type { Database } from '@allora/store/database';
import { checkMigrated, migrate } from '@allora/store/migrate';
import { Clock } from './clock';
import type { CommonConfig } from './common-config';
import { addHealthService } from './health.grpc';
import { closeHttp, createHttpAdapter, reachableUrl } from './http-server';
import { KitModule, type KitParts } from './kit.module';
import { grpcLogger, Log, nestLogger } from './log';
import { MetricsRegistry, requestMetrics } from './metrics';
import { openParts } from './open-parts';
import { ProblemFilter } from './problem.filter';
import { StopSteps } from './stop-steps';

export interface AppOptions {
  /** Name of the process in logs and metrics. */
  readonly name: string;
  readonly config: CommonConfig;
  readonly modules: readonly DynamicModule[];
  readonly log?: Log;
  readonly clock?: Clock;
  /** Parts opened by the caller stay the caller's to close. */
  readonly database?: Database;
  readonly transport?: BusTransport;
  /** Where migrations are; `prisma/migrations` of the working directory unless told. */
  readonly migrationsDirectory?: string;
}

export interface RunningApp {
  readonly httpUrl: string;
  /** Where `/operations` is answered. */
  readonly operationsUrl: string;
  readonly grpcAddress: string;
  readonly database: Database;
  readonly transport: BusTransport;
  /** Another service's bus on the same log and database, for tests; register its handlers, then start it. */
  peer(service: ServiceName): ServiceBus;
  get<T>(token: Type<T> | Abstract<T> | symbol): T;
  /** The clean stop. True when nothing was cut off. */
  close(): Promise<boolean>;
}

/** Opens, migrates, wires and starts everything in order; on failure closes again what was opened. */
export async function startApp(options: AppOptions): Promise<RunningApp> {
  const { name, config } = options;
  const log = options.log ?? Log.create({ name, level: config.logLevel, format: config.logFormat });
  setLogger(grpcLogger(log.detached));
  const steps = new StopSteps(log, config.shutdownTimeoutMs);
  try {
    return await start({ ...options, log }, steps);
  } catch (error) {
    await steps.run();
    throw error;
  }
}

async function start(options: AppOptions & { log: Log }, steps: StopSteps): Promise<RunningApp> {
  const { name, config, log } = options;
  const registry = MetricsRegistry.withNodeMetrics();
  const metrics = requestMetrics(name, registry);
  const bringUp = config.migrations === 'check' ? checkMigrated : migrate;
  const applied = await bringUp(config.databaseUrl, options.migrationsDirectory);
  const parts = await openParts(
    { ...options, clock: options.clock ?? new Clock(), registry, metrics },
    steps,
  );
  await parts.transport.ensureTopics(allBusTopics);

  const adapter = createHttpAdapter({ ...parts, config, metrics });
  const app = await createNest(options.modules, parts, adapter);
  steps.add('modules', () => app.close());
  steps.add('grpc', (graceMs) => parts.grpcHost.close(graceMs));
  steps.add('http', (graceMs) => closeHttp(adapter, graceMs, parts.operationsPort));
  steps.add('intake', () => leave(parts, config.shutdownDelayMs));

  addHealthService(parts.grpcHost, parts.probes);
  await app.init();
  if (config.grpcReflection) parts.grpcHost.reflect();
  const grpcAddress = await parts.grpcHost.listen(config.grpcHost, config.grpcPort);
  await parts.buses.start();
  await app.listen(config.httpPort, config.httpHost);
  await parts.operationsPort?.listen(
    adapter.getInstance(),
    config.operationsPort ?? 0,
    config.operationsHost,
  );
  parts.probes.enter('running');
  const httpUrl = reachableUrl(adapter);
  const operationsUrl = parts.operationsPort?.url;
  log.info({ httpUrl, operationsUrl, grpcAddress, bus: config.bus, migrations: applied.length }, 'ready');
  return {
    httpUrl,
    operationsUrl: operationsUrl ?? httpUrl,
    grpcAddress,
    database: parts.database,
    transport: parts.transport,
    peer: (service) => parts.buses.create(service),
    get: (token) => app.get(token, { strict: false }),
    close: () => stop(steps, log),
  };
}

async function createNest(
  modules: readonly DynamicModule[],
  parts: KitParts,
  adapter: ReturnType<typeof createHttpAdapter>,
): Promise<NestFastifyApplication> {
  class AppModule {}
  const root: DynamicModule = { module: AppModule, imports: [KitModule.register(parts), ...modules] };
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: nestLogger(parts.log),
    abortOnError: false,
    // Nest's would also take HTML forms, which any page can make a browser send; Fastify's own takes JSON.
    bodyParser: false,
  });
  app.useGlobalFilters(new ProblemFilter(parts.log));
  return app;
}

/** Not ready from here on; load balancers get the time to notice before intake ends. */
async function leave({ probes }: KitParts, delayMs: number): Promise<void> {
  const wasRunning = probes.phase === 'running';
  probes.enter('stopping');
  if (wasRunning && delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
}

async function stop(steps: StopSteps, log: Log): Promise<boolean> {
  log.info({}, 'stopping');
  const clean = await steps.run();
  log.info({ clean }, 'stopped');
  return clean;
}
