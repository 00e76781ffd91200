import type { ServiceName } from '@allora/contracts/catalog';
import { panel, p95, quantiles, rate, type Section } from './panel';

export const metricsOf = (service: ServiceName) => `allora_${service.replaceAll('-', '_')}_`;

/** Rate, errors and duration of what callers ask. */
export function requests(service: ServiceName): Section {
  const own = metricsOf(service);
  const http = `${own}http_request_duration_seconds`;
  const grpc = `${own}grpc_request_duration_seconds`;
  const failed = '{code=~"INTERNAL|UNKNOWN|UNAVAILABLE|DEADLINE_EXCEEDED"}';
  return {
    title: 'Requests',
    panels: [
      panel('HTTP by route', 'reqps', {
        expr: rate(`${http}_count`, 'method, route'),
        legend: '{{method}} {{route}}',
      }),
      panel('HTTP answered with 5xx', 'reqps', {
        expr: rate(`${http}_count{status=~"5.."}`, 'method, route, status'),
        legend: '{{status}} {{method}} {{route}}',
      }),
      panel('HTTP duration, p95', 's', p95(http, 'method, route')),
      panel('gRPC by method', 'reqps', { expr: rate(`${grpc}_count`, 'method'), legend: '{{method}}' }),
      panel('gRPC failed', 'reqps', {
        expr: rate(`${grpc}_count${failed}`, 'method, code'),
        legend: '{{code}} {{method}}',
      }),
      panel('gRPC duration, p95', 's', p95(grpc, 'method')),
      panel('Refused by code', 'reqps', {
        expr: rate(`${own}requests_refused_total`, 'code'),
        legend: '{{code}}',
      }),
      panel('Held back by rate limits', 'reqps', {
        expr: rate(`${own}rate_limited_total`, 'policy'),
        legend: '{{policy}}',
      }),
      panel(
        'Streams open, slow readers cut off',
        'short',
        { expr: `sum by (method) (${own}grpc_open_streams)`, legend: 'gRPC {{method}}' },
        { expr: `sum by (route) (${own}event_streams_open)`, legend: 'HTTP {{route}}' },
        { expr: rate(`${own}slow_readers_total`, 'route'), legend: 'cut off per s: {{route}}' },
      ),
    ],
  };
}

/** Work that comes by the log. */
export function bus(service: ServiceName): Section {
  const of = `{service="${service}"}`;
  const busRate = (noun: string, by: string) => rate(`allora_bus_${noun}_total${of}`, by);
  return {
    title: 'Bus',
    panels: [
      panel('Published', 'ops', { expr: busRate('published', 'topic'), legend: '{{topic}}' }),
      panel('Handled', 'ops', { expr: busRate('handled', 'topic'), legend: '{{topic}}' }),
      panel('Delivered again', 'ops', { expr: busRate('duplicates', 'topic'), legend: '{{topic}}' }),
      panel('Lag, records', 'short', {
        expr: `max by (topic) (allora_bus_consumer_lag_records${of})`,
        legend: '{{topic}}',
      }),
      panel('From production to effect, p95', 's', p95('allora_bus_delivery_latency_seconds', 'topic', of)),
      panel('A transaction of handlers, p95', 's', p95('allora_bus_handle_duration_seconds', 'topic', of)),
      panel('Tried again', 'ops', {
        expr: busRate('retried', 'topic, cause'),
        legend: '{{cause}} {{topic}}',
      }),
      panel('Dead letters', 'ops', {
        expr: busRate('dead_lettered', 'topic, reason'),
        legend: '{{reason}} {{topic}}',
      }),
      panel(
        'Outbox: rows, and age of the oldest in s',
        'short',
        { expr: `max(allora_bus_outbox_rows${of})`, legend: 'rows' },
        { expr: `max(allora_bus_outbox_age_seconds${of})`, legend: 'age' },
        { expr: `sum(allora_bus_relay_leader${of})`, legend: 'replicas that relay (1)' },
      ),
    ],
  };
}

export function runtime(service: ServiceName): Section {
  const of = `{job="${service}"}`;
  const each = (metric: string, legend: string) => ({
    expr: `${metric}${of}`,
    legend: `${legend} {{instance}}`,
  });
  const loop = (part: string) => each(`nodejs_eventloop_lag_${part}seconds`, part.replace('_', '') || 'now');
  return {
    title: 'Process',
    panels: [
      panel('Database connections', 'short', {
        expr: `${metricsOf(service)}database_connections${of}`,
        legend: '{{state}} {{instance}}',
      }),
      panel('Event-loop delay', 's', loop('p99_'), loop('p90_'), loop('p50_'), loop('')),
      panel('Event-loop delay, spread', 's', loop('min_'), loop('mean_'), loop('max_'), loop('stddev_')),
      panel(
        'Processor',
        'percentunit',
        { expr: `rate(process_cpu_seconds_total${of}[$__rate_interval])`, legend: 'all {{instance}}' },
        { expr: `rate(process_cpu_user_seconds_total${of}[$__rate_interval])`, legend: 'user {{instance}}' },
        {
          expr: `rate(process_cpu_system_seconds_total${of}[$__rate_interval])`,
          legend: 'system {{instance}}',
        },
      ),
      panel(
        'Memory',
        'bytes',
        each('process_resident_memory_bytes', 'resident'),
        each('process_heap_bytes', 'data segment'),
        each('process_virtual_memory_bytes', 'virtual'),
        each('nodejs_heap_size_used_bytes', 'heap used'),
        each('nodejs_heap_size_total_bytes', 'heap'),
        each('nodejs_external_memory_bytes', 'external'),
      ),
      panel(
        'Heap by space',
        'bytes',
        { expr: `nodejs_heap_space_size_used_bytes${of}`, legend: 'used {{space}} {{instance}}' },
        { expr: `nodejs_heap_space_size_total_bytes${of}`, legend: 'size {{space}} {{instance}}' },
        { expr: `nodejs_heap_space_size_available_bytes${of}`, legend: 'free {{space}} {{instance}}' },
      ),
      panel('Garbage collection', 'percentunit', {
        expr: `sum by (kind, instance) (rate(nodejs_gc_duration_seconds_sum${of}[$__rate_interval]))`,
        legend: '{{kind}} {{instance}}',
      }),
      panel(
        'Handles, requests, resources',
        'short',
        each('nodejs_active_handles_total', 'handles'),
        each('nodejs_active_requests_total', 'requests'),
        each('nodejs_active_resources_total', 'resources'),
        { expr: `nodejs_active_handles${of}`, legend: '{{type}} handles {{instance}}' },
        { expr: `nodejs_active_requests${of}`, legend: '{{type}} requests {{instance}}' },
        { expr: `nodejs_active_resources${of}`, legend: '{{type}} {{instance}}' },
      ),
      panel('File descriptors', 'short', each('process_open_fds', 'open'), each('process_max_fds', 'limit')),
      panel('Started', 'dateTimeFromNow', {
        expr: `process_start_time_seconds${of} * 1000 * on (instance, job) group_left (version) nodejs_version_info${of}`,
        legend: '{{instance}} Node {{version}}',
      }),
    ],
  };
}

/** Of one that keeps a submissions log. */
export function submissions(service: 'inference-ingest' | 'forecast-ingest' | 'reputation'): Section {
  const own = metricsOf(service);
  const all = (noun: string, legend: string) => ({
    expr: `sum(rate(${own}${noun}[$__rate_interval]))`,
    legend,
  });
  return {
    title: 'Submissions',
    panels: [
      panel(
        'Answered with a receipt',
        'ops',
        all('accepted_total', 'accepted'),
        all('repeated_total', 'repeats'),
      ),
      panel('Refused by code', 'ops', { expr: rate(`${own}refused_total`, 'code'), legend: '{{code}}' }),
      panel('Late, sealed', 'ops', all('late_total', 'late'), all('sealed_sets_total', 'sets sealed')),
      panel('Submissions in a set', 'short', ...quantiles(`${own}set_submissions`)),
      panel('Until the log holds them', 's', ...quantiles(`${own}append_seconds`)),
      panel('In flight', 'short', {
        expr: `sum by (instance) (${own}inflight_submissions)`,
        legend: '{{instance}}',
      }),
    ],
  };
}
