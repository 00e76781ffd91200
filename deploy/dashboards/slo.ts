import type { ServiceName } from '@allora/contracts/catalog';
import { metricsOf } from './every-service';

export interface ServiceLevel {
  readonly name: string;
  readonly alert: string;
  /** Share of good events. */
  readonly objective: number;
  /** Of what is asked for, in PromQL. */
  readonly errors: (window: string) => string;
  readonly total: (window: string) => string;
  readonly summary: string;
}

/** What people outside call. */
const doors: readonly ServiceName[] = [
  'gateway',
  'topic-coordinator',
  'inference-ingest',
  'forecast-ingest',
  'reputation',
  'rewards',
];

/** Probes ask whether the service answers; an answer to them is not one to a caller. */
const asked = 'route!~"/health/.*|/metrics|/operations.*"';
const count = (series: string, window: string) => `(sum(rate(${series}[${window}])) or vector(0))`;
const httpOf = (service: ServiceName, labels: string) =>
  `${metricsOf(service)}http_request_duration_seconds_count{${labels}}`;
const grpcOf = (service: ServiceName, labels: string) =>
  `${metricsOf(service)}grpc_request_duration_seconds_count{${labels}}`;

const turns = 'allora_topic_coordinator_turn_delay_seconds';
const answers = 'allora_gateway_latest_inference_answers_total';

export const serviceLevels: readonly ServiceLevel[] = [
  {
    name: 'window_punctuality',
    alert: 'WindowPunctualityBurn',
    objective: 0.999,
    errors: (w) => `${count(`${turns}_count`, w)} - ${count(`${turns}_bucket{le="5"}`, w)}`,
    total: (w) => count(`${turns}_count`, w),
    summary: 'Windows open or close more than 5 s after their block',
  },
  {
    name: 'inference_freshness',
    alert: 'InferenceFreshnessBurn',
    objective: 0.995,
    errors: (w) => count(`${answers}{status="stale"}`, w),
    total: (w) => count(answers, w),
    summary: 'Consumers are told stale inferences',
  },
  {
    name: 'availability',
    alert: 'AvailabilityBurn',
    objective: 0.999,
    errors: (w) =>
      doors
        .flatMap((service) => [
          count(httpOf(service, `status=~"5..",${asked}`), w),
          count(grpcOf(service, 'code=~"INTERNAL|UNKNOWN|UNAVAILABLE"'), w),
        ])
        .join('\n+ '),
    total: (w) =>
      doors
        .flatMap((service) => [count(httpOf(service, asked), w), count(grpcOf(service, 'code!=""'), w)])
        .join('\n+ '),
    summary: 'Requests fail through no fault of their callers',
  },
];

export const windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;

/** How fast a budget of thirty days is used up: both windows, so that an alert begins soon and ends soon. */
export const burns = [
  {
    severity: 'critical',
    pairs: [
      { long: '1h', short: '5m', factor: 14.4 },
      { long: '6h', short: '30m', factor: 6 },
    ],
    for: '2m',
  },
  {
    severity: 'warning',
    pairs: [
      { long: '1d', short: '2h', factor: 3 },
      { long: '3d', short: '6h', factor: 1 },
    ],
    for: '15m',
  },
] as const;

export const errorRatio = ({ errors, total }: ServiceLevel, window: string): string =>
  `(${errors(window)})\n/ ((${total(window)}) > 0)`;
