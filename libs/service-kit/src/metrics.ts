import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The process's metrics; also Nest's token for them. */
export class MetricsRegistry extends Registry {
  /** With Node's own: event loop delay, heap, garbage collection, handles. */
  static withNodeMetrics(): MetricsRegistry {
    const registry = new MetricsRegistry();
    collectDefaultMetrics({ register: registry });
    return registry;
  }
}

/** `topic-coordinator` -> `allora_topic_coordinator_`. */
export const metricPrefix = (service: string): string => `allora_${service.replaceAll('-', '_')}_`;

const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Rate, errors and duration of what callers ask of a process, by HTTP and by gRPC. */
export const requestMetrics = (service: string, registry: MetricsRegistry) => ({
  http: new Histogram({
    name: `${metricPrefix(service)}http_request_duration_seconds`,
    help: 'Time from an HTTP request to its answer, by method, route pattern and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: durationBuckets,
    registers: [registry],
  }),
  grpc: new Histogram({
    name: `${metricPrefix(service)}grpc_request_duration_seconds`,
    help: 'Time from a gRPC call to its answer (of a stream: to its end), by method and status code',
    labelNames: ['method', 'code'] as const,
    buckets: durationBuckets,
    registers: [registry],
  }),
  grpcOpenStreams: new Gauge({
    name: `${metricPrefix(service)}grpc_open_streams`,
    help: 'Streaming gRPC calls open now, by method',
    labelNames: ['method'] as const,
    registers: [registry],
  }),
  eventStreams: new Gauge({
    name: `${metricPrefix(service)}event_streams_open`,
    help: 'Streams of server-sent events open now, by route pattern',
    labelNames: ['route'] as const,
    registers: [registry],
  }),
  refused: new Counter({
    name: `${metricPrefix(service)}requests_refused_total`,
    help: 'HTTP requests and gRPC calls refused, by code of the refusal',
    labelNames: ['code'] as const,
    registers: [registry],
  }),
  rateLimited: new Counter({
    name: `${metricPrefix(service)}rate_limited_total`,
    help: 'Requests refused or held back by a rate limit, by policy (address or key)',
    labelNames: ['policy'] as const,
    registers: [registry],
  }),
  slowReaders: new Counter({
    name: `${metricPrefix(service)}slow_readers_total`,
    help: 'Streams cut off because what they were sent was not read, by gRPC method or HTTP route',
    labelNames: ['route'] as const,
    registers: [registry],
  }),
});

export type RequestMetrics = ReturnType<typeof requestMetrics>;
