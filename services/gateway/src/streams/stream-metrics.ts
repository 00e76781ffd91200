import { MetricsRegistry } from '@allora/service-kit/metrics';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';

@Injectable()
export class StreamMetrics {
  readonly readers: Gauge;
  readonly catchUps: Counter<'source'>;
  readonly delay: Histogram;

  constructor(registry: MetricsRegistry) {
    const registers = [registry];
    this.readers = new Gauge({
      name: 'allora_gateway_stream_readers',
      help: 'Readers of event streams, by HTTP and by gRPC',
      registers,
    });
    this.catchUps = new Counter({
      name: 'allora_gateway_stream_catch_ups_total',
      help: 'Steps in which readers were brought up to date, by where the facts were found: memory or database',
      labelNames: ['source'],
      registers,
    });
    this.delay = new Histogram({
      name: 'allora_gateway_stream_delay_seconds',
      help: 'Time from when a fact was produced to when it was written to the readers of this replica',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
      registers,
    });
  }
}
