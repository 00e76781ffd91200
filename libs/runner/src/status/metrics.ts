import { Counter, Gauge, Registry } from 'prom-client';

const labelNames = ['address', 'topic'] as const;
type Label = (typeof labelNames)[number];

/** Counters under the names that today's dashboards know, and what they do not tell. */
export interface RunnerMetrics {
  readonly registry: Registry;
  readonly inferenceRequests: Counter<Label>;
  readonly forecastRequests: Counter<Label>;
  readonly truthRequests: Counter<Label>;
  readonly workerBuilds: Counter<Label>;
  readonly reputerBuilds: Counter<Label>;
  readonly workerSubmissions: Counter<Label>;
  readonly reputerSubmissions: Counter<Label>;
  readonly refusals: Counter<Label | 'code'>;
  readonly windows: Counter<Label | 'role' | 'outcome'>;
  readonly lastAcceptedNonce: Gauge<Label | 'role'>;
  readonly earnedAllo: Gauge<Label | 'role'>;
}

export function runnerMetrics(): RunnerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers });
  return {
    registry,
    inferenceRequests: counter('allora_worker_inference_request_count', 'Inferences asked of a model'),
    forecastRequests: counter('allora_worker_forecast_request_count', 'Forecasts asked of a model'),
    truthRequests: counter('allora_reputer_truth_request_count', 'Ground truths asked for'),
    workerBuilds: counter('allora_worker_data_build_count', 'Submissions of workers built'),
    reputerBuilds: counter('allora_reputer_data_build_count', 'Submissions of reputers built'),
    workerSubmissions: counter('allora_worker_chain_submission_count', 'Submissions of workers accepted'),
    reputerSubmissions: counter('allora_reputer_chain_submission_count', 'Submissions of reputers accepted'),
    refusals: new Counter({
      name: 'allora_actor_tx_error_count',
      help: 'Submissions refused, by code',
      labelNames: [...labelNames, 'code'],
      registers,
    }),
    windows: new Counter({
      name: 'allora_runner_windows_total',
      help: 'Closed windows by outcome: served or missed',
      labelNames: [...labelNames, 'role', 'outcome'],
      registers,
    }),
    lastAcceptedNonce: new Gauge({
      name: 'allora_runner_last_accepted_nonce',
      help: 'Latest nonce at which something was accepted',
      labelNames: [...labelNames, 'role'],
      registers,
    }),
    earnedAllo: new Gauge({
      name: 'allora_runner_earned_allo',
      help: 'Rewards of the windows since the start, in ALLO',
      labelNames: [...labelNames, 'role'],
      registers,
    }),
  };
}
