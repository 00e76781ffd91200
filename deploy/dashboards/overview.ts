import { serviceNames } from '@allora/contracts/catalog';
import { type Dashboard, p95, panel, quantiles, rate, stat } from './panel';

const slo = (title: string, name: string) => ({
  ...stat(`${title}: budget left`, 'percentunit', `allora_slo:error_budget_left:ratio30d{slo="${name}"}`),
  help: 'Of the errors that thirty days may have, the share that is left.',
});

const errorRatio = (window: string) => ({
  expr: `allora_slo:error_ratio:rate${window}`,
  legend: `{{slo}} ${window}`,
});

/** Whether the network does what it is for. */
const network: Dashboard = {
  uid: 'allora-network',
  title: 'Allora: network',
  sections: [
    {
      title: 'Service levels',
      panels: [
        slo('Window punctuality', 'window_punctuality'),
        slo('Inference freshness', 'inference_freshness'),
        slo('Availability', 'availability'),
        stat('Services up', 'short', `count(count by (job) (up{job=~"${serviceNames.join('|')}"} == 1))`),
        panel('Errors, in parts of all', 'percentunit', errorRatio('1h'), errorRatio('6h')),
        panel('Budget left', 'percentunit', {
          expr: 'allora_slo:error_budget_left:ratio30d',
          legend: '{{slo}}',
        }),
        panel('Objectives', 'percentunit', { expr: 'allora_slo:objective', legend: '{{slo}}' }),
      ],
    },
    {
      title: 'Epochs',
      panels: [
        panel('Turns told within 5 s of their block', 'percentunit', {
          expr: [
            'sum by (phase) (rate(allora_topic_coordinator_turn_delay_seconds_bucket{le="5"}[$__rate_interval]))',
            'sum by (phase) (rate(allora_topic_coordinator_turn_delay_seconds_count[$__rate_interval]))',
          ].join(' / '),
          legend: '{{phase}}',
        }),
        panel(
          'From the close of a window to its inference',
          's',
          ...quantiles('allora_gateway_inference_delay_seconds'),
        ),
        panel('Age of the latest inference', 's', {
          expr: 'time() - max by (topic_id) (allora_gateway_latest_inference_timestamp_seconds)',
          legend: 'topic {{topic_id}}',
        }),
        panel('Width of the 95 % interval', 'short', {
          expr: 'max by (topic_id) (allora_synthesis_interval_width)',
          legend: 'topic {{topic_id}}',
        }),
        panel('Effective workers', 'short', {
          expr: 'max by (topic_id) (allora_synthesis_effective_workers)',
          legend: 'topic {{topic_id}}',
        }),
        panel('Latest inferences told, by status', 'reqps', {
          expr: rate('allora_gateway_latest_inference_answers_total', 'status'),
          legend: '{{status}}',
        }),
        panel('Height', 'blocks', { expr: 'max(allora_topic_coordinator_height_blocks)', legend: 'block' }),
      ],
    },
  ],
};

const perService = (noun: string, legend: string) => ({
  expr: `sum by (job) (rate({__name__=~"allora_.+_ingest_${noun}|allora_reputation_${noun}"}[$__rate_interval]))`,
  legend: `${legend} {{job}}`,
});

/** How far facts have come, and where they wait. */
const pipeline: Dashboard = {
  uid: 'allora-pipeline',
  title: 'Allora: pipeline',
  sections: [
    {
      title: 'Decisions',
      panels: [
        panel('Accepted', 'ops', perService('accepted_total', ''), perService('repeated_total', 'repeats')),
        panel('Refused by code', 'ops', {
          expr: 'sum by (job, code) (rate({__name__=~"allora_.+_ingest_refused_total|allora_reputation_refused_total"}[$__rate_interval]))',
          legend: '{{code}} {{job}}',
        }),
        panel(
          'Late, sealed',
          'ops',
          perService('late_total', 'late'),
          perService('sealed_sets_total', 'sets'),
        ),
        panel('Synthesised', 'ops', {
          expr: rate('allora_synthesis_epochs_total', 'mode'),
          legend: '{{mode}}',
        }),
        panel('Scored', 'ops', {
          expr: rate('allora_reputation_epochs_total', 'outcome'),
          legend: '{{outcome}}',
        }),
        panel('Paid', 'ops', { expr: rate('allora_rewards_epochs_total', 'result'), legend: '{{result}}' }),
        panel('Tried again', 'ops', {
          expr: rate('allora_bus_retried_total', 'service, cause'),
          legend: '{{cause}} {{service}}',
        }),
        panel('Dead letters', 'ops', {
          expr: rate('allora_bus_dead_lettered_total', 'service, topic'),
          legend: '{{service}} {{topic}}',
        }),
        panel(
          'Epochs that wait',
          'short',
          { expr: 'max(allora_synthesis_waiting_epochs)', legend: 'for synthesis' },
          { expr: 'max(allora_reputation_waiting_epochs)', legend: 'for scores' },
          { expr: 'max(allora_rewards_waiting_block_records)', legend: 'blocks, for payments' },
        ),
      ],
    },
    {
      title: 'Stages',
      panels: [
        panel('Lag, records', 'short', {
          expr: 'max by (service, topic) (allora_bus_consumer_lag_records) > 0',
          legend: '{{service}} {{topic}}',
        }),
        panel(
          'From production to effect, p95',
          's',
          p95('allora_bus_delivery_latency_seconds', 'service, topic'),
        ),
        panel('Age of the outbox', 's', {
          expr: 'max by (service) (allora_bus_outbox_age_seconds)',
          legend: '{{service}}',
        }),
        panel('Until the log holds a submission, p95', 's', {
          expr: 'histogram_quantile(0.95, sum by (le, job) (rate({__name__=~"allora_.+_append_seconds_bucket"}[$__rate_interval])))',
          legend: '{{job}}',
        }),
        panel('Both sets to inference, p95', 's', {
          expr: 'histogram_quantile(0.95, sum by (le) (rate(allora_synthesis_duration_seconds_bucket[$__rate_interval])))',
          legend: 'synthesis',
        }),
        panel('Inputs to losses and scores, p95', 's', {
          expr: 'histogram_quantile(0.95, sum by (le) (rate(allora_reputation_scoring_duration_seconds_bucket[$__rate_interval])))',
          legend: 'scoring',
        }),
      ],
    },
  ],
};

const alloPerUallo = '1e18';
const allo = (metric: string, legend: string, by = '') => ({
  expr: `max${by && ` by (${by})`} (${metric}) / ${alloPerUallo}`,
  legend,
});

/** Whether money is where it belongs. */
const economy: Dashboard = {
  uid: 'allora-economy',
  title: 'Allora: economy',
  sections: [
    {
      title: 'Must be 0',
      panels: [
        stat('Made or lost, uallo', 'short', 'sum(abs(allora_rewards_conservation_error_uallo))', 1),
        stat('Sums misstated', 'short', 'max(allora_rewards_misstated_sums)', 1),
        stat(
          'Broken epochs, a day',
          'short',
          'sum(increase(allora_rewards_past_epoch_answers_total{result="broken"}[1d]))',
          1,
        ),
        stat('Removals of stake under way', 'short', 'max(allora_rewards_removals_pending)'),
      ],
    },
    {
      title: 'ALLO',
      panels: [
        panel(
          'Supply',
          'short',
          allo('allora_rewards_supply_uallo', 'supply'),
          allo('allora_rewards_minted_uallo', 'minted'),
        ),
        panel(
          'Treasury',
          'short',
          allo('allora_rewards_treasury_uallo', 'treasury'),
          allo('allora_rewards_dust_uallo', 'dust'),
        ),
        panel('Staked', 'short', allo('allora_rewards_staked_uallo', '{{holder}}', 'holder')),
        panel('Emission of a block', 'short', allo('allora_rewards_block_emission_uallo', 'a block')),
        panel('Paid, a second', 'short', {
          expr: `sum by (role) (rate(allora_rewards_paid_uallo_total[$__rate_interval])) / ${alloPerUallo}`,
          legend: '{{role}}',
        }),
        panel('Epochs paid', 'ops', {
          expr: rate('allora_rewards_epochs_total', 'result'),
          legend: '{{result}}',
        }),
      ],
    },
  ],
};

export const overviews: readonly Dashboard[] = [network, pipeline, economy];
