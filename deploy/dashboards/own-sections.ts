import type { ServiceName } from '@allora/contracts/catalog';
import { submissions } from './every-service';
import { panel, quantiles, rate, type Section } from './panel';

const gateway: Section = {
  title: 'Consumers',
  panels: [
    panel('Latest inferences told, by status', 'reqps', {
      expr: rate('allora_gateway_latest_inference_answers_total', 'status'),
      legend: '{{status}}',
    }),
    panel('Latest inferences, by where they were found', 'reqps', {
      expr: rate('allora_gateway_latest_inference_reads_total', 'source'),
      legend: '{{source}}',
    }),
    panel('Age of the latest inference', 's', {
      expr: 'time() - max by (topic_id) (allora_gateway_latest_inference_timestamp_seconds)',
      legend: 'topic {{topic_id}}',
    }),
    panel(
      'From the close of a window to its inference',
      's',
      ...quantiles('allora_gateway_inference_delay_seconds'),
    ),
    panel('Facts projected', 'ops', { expr: rate('allora_gateway_facts_total', 'kind'), legend: '{{kind}}' }),
    panel('Readers of streams', 'short', {
      expr: 'sum by (instance) (allora_gateway_stream_readers)',
      legend: '{{instance}}',
    }),
    panel('From a fact to its readers', 's', ...quantiles('allora_gateway_stream_delay_seconds')),
    panel('Readers brought up to date', 'ops', {
      expr: rate('allora_gateway_stream_catch_ups_total', 'source'),
      legend: '{{source}}',
    }),
    panel('Requests that wait for an epoch', 'short', {
      expr: 'sum by (instance) (allora_gateway_waiting_requests)',
      legend: '{{instance}}',
    }),
    panel(
      'Purchases',
      'ops',
      { expr: 'sum(rate(allora_gateway_purchases_received_total[$__rate_interval]))', legend: 'received' },
      { expr: rate('allora_gateway_purchases_ended_total', 'state'), legend: '{{state}}' },
      {
        expr: 'sum(rate(allora_gateway_purchase_failures_total[$__rate_interval]))',
        legend: 'steps that failed',
      },
    ),
    panel('Submissions looked up', 'reqps', {
      expr: rate('allora_gateway_submission_lookups_total', 'result'),
      legend: '{{result}}',
    }),
    panel('Signatures for contracts', 'reqps', {
      expr: rate('allora_gateway_evm_signatures_total', 'format'),
      legend: '{{format}}',
    }),
  ],
};

const coordinator: Section = {
  title: 'Topics and the clock',
  panels: [
    panel(
      'Height',
      'blocks',
      { expr: 'max(allora_topic_coordinator_height_blocks)', legend: 'told to topics' },
      { expr: 'max(allora_topic_coordinator_told_blocks)', legend: 'told to the ledger' },
    ),
    panel('Behind', 'blocks', { expr: 'max(allora_topic_coordinator_behind_blocks)', legend: 'blocks' }),
    panel('Turns told', 'ops', {
      expr: rate('allora_topic_coordinator_turns_total', 'phase'),
      legend: '{{phase}}',
    }),
    panel('Turns, how late', 's', ...quantiles('allora_topic_coordinator_turn_delay_seconds')),
    panel('A step of the clock', 's', ...quantiles('allora_topic_coordinator_step_seconds')),
    panel('Ticks that failed', 'ops', {
      expr: 'sum(rate(allora_topic_coordinator_failed_ticks_total[$__rate_interval]))',
      legend: 'failed',
    }),
    panel(
      'Topics created and changed',
      'ops',
      { expr: 'sum(rate(allora_topic_coordinator_topics_total[$__rate_interval]))', legend: 'created' },
      { expr: rate('allora_topic_coordinator_changes_total', 'change'), legend: '{{change}}' },
    ),
    panel('Registrations', 'ops', {
      expr: rate('allora_topic_coordinator_registrations_total', 'role'),
      legend: '{{role}}',
    }),
    panel('Followers of windows', 'short', {
      expr: 'sum by (instance) (allora_topic_coordinator_window_streams)',
      legend: '{{instance}}',
    }),
  ],
};

const synthesis: Section = {
  title: 'Synthesis',
  panels: [
    panel('Epochs synthesised, by mode', 'ops', {
      expr: rate('allora_synthesis_epochs_total', 'mode'),
      legend: '{{mode}}',
    }),
    panel('Both sets to inference', 's', ...quantiles('allora_synthesis_duration_seconds')),
    panel('Epochs that wait', 'short', { expr: 'max(allora_synthesis_waiting_epochs)', legend: 'waiting' }),
    panel('Regrets updated', 'ops', {
      expr: 'sum(rate(allora_synthesis_regret_updates_total[$__rate_interval]))',
      legend: 'epochs',
    }),
    panel('Effective workers', 'short', {
      expr: 'max by (topic_id) (allora_synthesis_effective_workers)',
      legend: 'topic {{topic_id}}',
    }),
    panel('Width of the 95 % interval', 'short', {
      expr: 'max by (topic_id) (allora_synthesis_interval_width)',
      legend: 'topic {{topic_id}}',
    }),
  ],
};

const reputation: Section = {
  title: 'Scoring',
  panels: [
    panel('Epochs scored, by outcome', 'ops', {
      expr: rate('allora_reputation_epochs_total', 'outcome'),
      legend: '{{outcome}}',
    }),
    panel('Inputs to losses and scores', 's', ...quantiles('allora_reputation_scoring_duration_seconds')),
    panel('Epochs that wait', 'short', { expr: 'max(allora_reputation_waiting_epochs)', legend: 'waiting' }),
    panel('Bundles that did not count', 'ops', {
      expr: rate('allora_reputation_filtered_bundles_total', 'reason'),
      legend: '{{reason}}',
    }),
    panel('Losses left out of bundles', 'ops', {
      expr: rate('allora_reputation_dropped_losses_total', 'reason'),
      legend: '{{reason}}',
    }),
    panel('No consensus', 'ops', {
      expr: rate('allora_reputation_refused_losses_total', 'code'),
      legend: '{{code}}',
    }),
    panel('Listening coefficients, the ten lowest', 'short', {
      expr: 'bottomk(10, min by (topic_id, reputer) (allora_reputation_listening_coefficient))',
      legend: 'topic {{topic_id}} {{reputer}}',
    }),
  ],
};

const rewards: Section = {
  title: 'Ledger',
  panels: [
    panel('Epochs settled', 'ops', {
      expr: rate('allora_rewards_epochs_total', 'result'),
      legend: '{{result}}',
    }),
    panel('Commands decided', 'ops', {
      expr: rate('allora_rewards_commands_total', 'kind, outcome'),
      legend: '{{kind}} {{outcome}}',
    }),
    panel('Commands in flight', 'short', {
      expr: 'sum by (instance) (allora_rewards_inflight_commands)',
      legend: '{{instance}}',
    }),
    panel('Transfers posted', 'ops', {
      expr: rate('allora_rewards_transfers_total', 'kind'),
      legend: '{{kind}}',
    }),
    panel(
      'Blocks that wait for payments',
      'short',
      { expr: 'max(allora_rewards_waiting_block_records)', legend: 'records' },
      { expr: 'sum(increase(allora_rewards_overdue_epochs_total[1h]))', legend: 'epochs given up, an hour' },
    ),
    panel('Stake snapshots', 'ops', {
      expr: 'sum(rate(allora_rewards_stake_snapshots_total[$__rate_interval]))',
      legend: 'snapshots',
    }),
    panel('Explanations and simulations', 'ops', {
      expr: rate('allora_rewards_past_epoch_answers_total', 'kind, result'),
      legend: '{{kind}} {{result}}',
    }),
  ],
};

/** What only this service has. */
export const ownSections: Readonly<Record<ServiceName, readonly Section[]>> = {
  gateway: [gateway],
  'topic-coordinator': [coordinator],
  'inference-ingest': [submissions('inference-ingest')],
  'forecast-ingest': [submissions('forecast-ingest')],
  synthesis: [synthesis],
  reputation: [submissions('reputation'), reputation],
  rewards: [rewards],
};
