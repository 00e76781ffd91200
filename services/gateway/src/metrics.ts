import { MetricsRegistry } from '@allora/service-kit/metrics';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';

@Injectable()
export class GatewayMetrics {
  readonly latestReads: Counter<'source'>;
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
