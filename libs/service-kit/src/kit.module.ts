import { Module, type BeforeApplicationShutdown, type DynamicModule, type Provider } from '@nestjs/common';
import type { BusTransport } from '@allora/bus/transport';
import { Database } from '@allora/store/database';
import type { Cache } from './cache';
import { Callers } from './callers';
import { Clock } from './clock';
import { DeadLettersHttp } from './dead-letters.http';
import type { Durations } from './durations';
import { GrpcClients } from './grpc-client';
import { GrpcHost } from './grpc-host';
import { HealthProbes } from './health';
import { HealthHttp } from './health.http';
import { Log } from './log';
import { MetricsRegistry } from './metrics';
import { MetricsHttp } from './metrics.http';
import { NetworkKey } from './network-key';
import type { OperationsPort } from './operations.http';
import { Operators } from './operators';
import { QuickDoor } from './quick-reads';
import { RateLimits } from './rate-limits';
import { ServiceBuses } from './service-bus.provider';
import { EventStreams } from './sse';
import { BUS_TRANSPORT, CACHE } from './tokens';
import { Tracing } from './tracing/tracing';

/** What every service module of the process shares; opened before Nest and closed after it. */
export interface KitParts {
  readonly database: Database;
  readonly transport: BusTransport;
  readonly cache: Cache;
  readonly buses: ServiceBuses;
  readonly grpcHost: GrpcHost;
  readonly grpcClients: GrpcClients;
  readonly eventStreams: EventStreams;
  readonly limits: RateLimits;
  readonly callers: Callers;
  readonly quickDoor: QuickDoor;
  readonly probes: HealthProbes;
  readonly networkKey: NetworkKey;
  readonly operators: Operators;
  /** Where one is configured. */
  readonly operationsPort: OperationsPort | undefined;
  readonly registry: MetricsRegistry;
  /** Of HTTP requests. */
  readonly durations: Durations;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracing: Tracing;
}

@Module({})
export class KitModule implements BeforeApplicationShutdown {
  constructor(private readonly buses: ServiceBuses) {}

  static register(parts: KitParts): DynamicModule {
    const providers: Provider[] = [
      { provide: Database, useValue: parts.database },
      { provide: BUS_TRANSPORT, useValue: parts.transport },
      { provide: CACHE, useValue: parts.cache },
      { provide: ServiceBuses, useValue: parts.buses },
      { provide: GrpcHost, useValue: parts.grpcHost },
      { provide: GrpcClients, useValue: parts.grpcClients },
      { provide: EventStreams, useValue: parts.eventStreams },
      { provide: RateLimits, useValue: parts.limits },
      { provide: Callers, useValue: parts.callers },
      { provide: QuickDoor, useValue: parts.quickDoor },
      { provide: HealthProbes, useValue: parts.probes },
      { provide: NetworkKey, useValue: parts.networkKey },
      { provide: MetricsRegistry, useValue: parts.registry },
      { provide: Clock, useValue: parts.clock },
      { provide: Log, useValue: parts.log },
      { provide: Tracing, useValue: parts.tracing },
    ];
    const tokens = providers.map((provider) => (provider as { provide: symbol }).provide);
    return {
      module: KitModule,
      global: true,
      controllers: [HealthHttp, MetricsHttp, DeadLettersHttp],
      providers,
      exports: tokens,
    };
  }

  /** Between the modules' `onModuleDestroy` (timers end) and `onApplicationShutdown` (what handlers work with ends). */
  beforeApplicationShutdown(): Promise<void> {
    return this.buses.drain();
  }
}
