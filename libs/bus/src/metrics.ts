import { Counter, Gauge, Histogram, type Metric, type Registry } from 'prom-client';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Several services in one process share a registry: each metric is made by the first and found by the others. */
export function busMetrics(registry: Registry) {
  const found = <M extends Metric>(name: string, make: () => M): M =>
    (registry.getSingleMetric(name) as M | undefined) ?? make();
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    found(name, () => new Counter({ name, help, labelNames, registers: [registry] }));
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    found(name, () => new Gauge({ name, help, labelNames, registers: [registry] }));
  const histogram = <L extends string>(name: string, help: string, labelNames: L[]) =>
    found(name, () => new Histogram({ name, help, labelNames, buckets: seconds, registers: [registry] }));
  return {
    published: counter('allora_bus_published_total', 'Events put on the log', ['service', 'topic']),
    handled: counter('allora_bus_handled_total', 'Events that took effect', ['service', 'topic']),
    duplicates: counter('allora_bus_duplicates_total', 'Deliveries of events that had taken effect before', [
      'service',
      'topic',
    ]),
    retried: counter(
      'allora_bus_retried_total',
      'Failed attempts that are tried again, by whose failure it was',
      ['service', 'topic', 'cause'],
    ),
    deadLettered: counter(
      'allora_bus_dead_lettered_total',
      'Records given up and kept on the dead letter topic',
      ['service', 'topic', 'reason'],
    ),
    handleSeconds: histogram(
      'allora_bus_handle_duration_seconds',
      'One transaction of handlers, turn and commit included',
      ['service', 'topic'],
    ),
    latencySeconds: histogram(
      'allora_bus_delivery_latency_seconds',
      'From an event’s production to its effect',
      ['service', 'topic'],
    ),
    lagRecords: gauge(
      'allora_bus_consumer_lag_records',
      'Records on the log that the service has not committed',
      ['service', 'topic'],
    ),
    outboxRows: gauge('allora_bus_outbox_rows', 'Committed events that are not on the log yet', ['service']),
    outboxAgeSeconds: gauge('allora_bus_outbox_age_seconds', 'Age of the oldest event in the outbox', [
      'service',
    ]),
    relayLeader: gauge('allora_bus_relay_leader', '1 on the replica that relays the outbox', ['service']),
  };
}

export type BusMetrics = ReturnType<typeof busMetrics>;
