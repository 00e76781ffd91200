import type { PurchaseState } from '@allora/protocol/purchase/purchase';
import { MetricsRegistry } from '@allora/service-kit/metrics';
import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';

@Injectable()
export class PurchaseMetrics {
  readonly received: Counter;
  readonly ended: Counter<'state'>;
  readonly failures: Counter;

  constructor(registry: MetricsRegistry) {
    const registers = [registry];
    this.received = new Counter({
      name: 'allora_gateway_purchases_received_total',
      help: 'Purchases written down; repeats are not counted',
      registers,
    });
    this.ended = new Counter<'state'>({
      name: 'allora_gateway_purchases_ended_total',
      help: 'Purchases that have ended, by how: fulfilled, refunded or refused',
      labelNames: ['state'],
      registers,
    });
    const states: PurchaseState[] = ['fulfilled', 'refunded', 'refused'];
    for (const state of states) this.ended.inc({ state }, 0);
    this.failures = new Counter({
      name: 'allora_gateway_purchase_failures_total',
      help: 'Steps of purchases that failed and are taken again, as when rewards does not answer',
      registers,
    });
  }
}
