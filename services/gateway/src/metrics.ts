import type { TrustStatus } from '@allora/protocol/trust/trust';
import { MetricsRegistry } from '@allora/service-kit/metrics';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';

@Injectable()
export class GatewayMetrics {
  readonly latestReads: Counter<'source'>;
  readonly answers: Counter<'status'>;
  readonly latestTold: Gauge<'topic_id'>;
  readonly inferenceDelay: Histogram;
  readonly facts: Counter<'kind'>;
  readonly lookups: Counter<'result'>;
  readonly signatures: Counter<'format'>;
  readonly waiting: Gauge;

  constructor(registry: MetricsRegistry) {
    const registers = [registry];
    this.latestReads = new Counter({
      name: 'allora_gateway_latest_inference_reads_total',
      help: 'Reads of a latest inference, by where it was found: memory, cache, database or nowhere (none)',
      labelNames: ['source'],
      registers,
    });
    this.answers = new Counter({
      name: 'allora_gateway_latest_inference_answers_total',
      help: 'Latest inferences told, by what they were worth at that moment: fresh, stale or degraded',
      labelNames: ['status'],
      registers,
    });
    for (const status of ['fresh', 'stale', 'degraded'] satisfies TrustStatus[])
      this.answers.inc({ status }, 0);
    this.latestTold = new Gauge({
      name: 'allora_gateway_latest_inference_timestamp_seconds',
      help: 'When the network told the latest inference known here, in Unix time; of a bounded number of topics',
      labelNames: ['topic_id'],
      registers,
    });
    this.inferenceDelay = new Histogram({
      name: 'allora_gateway_inference_delay_seconds',
      help: "From the close of an epoch's worker window to its network inference",
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    });
    this.facts = new Counter({
      name: 'allora_gateway_facts_total',
      help: 'Facts of epochs projected, by kind',
      labelNames: ['kind'],
      registers,
    });
    this.lookups = new Counter({
      name: 'allora_gateway_submission_lookups_total',
      help: 'Submissions looked up, by result: found, unknown, or away (not found, with an ingest service that did not answer)',
      labelNames: ['result'],
      registers,
    });
    this.signatures = new Counter({
      name: 'allora_gateway_evm_signatures_total',
      help: 'Inferences signed for contracts, by signature format; what is asked again within a second is not signed again',
      labelNames: ['format'],
      registers,
    });
    this.waiting = new Gauge({
      name: 'allora_gateway_waiting_requests',
      help: 'Requests that wait for an epoch to come further',
      registers,
    });
  }
}
