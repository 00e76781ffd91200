import { topicIdText } from '@allora/service-kit/form';
import { z } from 'zod';
import { wholeNumber } from '../forms';
import { route, type RouteShape } from '../route';

const MOST_TOPICS = 1_000;

/** Without either field every topic is answered at once: one of the client libraries never sends a token back. */
export const topicsPageQuery = z.object({
  continuation_token: z
    .string()
    .min(1)
    .max(200)
    .meta({ description: 'continuation_token of the page before.' })
    .optional(),
  limit: wholeNumber({
    what: 'a number',
    min: 1,
    max: MOST_TOPICS,
    description: 'Asks for pages of so many topics; all at once unless sent.',
  }).optional(),
});

const valueType = {
  inference_value_type: z
    .enum(['uint256', 'int256'])
    .meta({ description: 'How the value is written into words of a contract.' })
    .default('uint256'),
};

export const priceQuery = z.object(valueType);
export const inferenceQuery = z.object({
  allora_topic_id: topicIdText.meta({ description: 'The topic.', example: 1 }),
  ...valueType,
});

const envelope = <T extends z.ZodType>(data: T) =>
  z.object({ request_id: z.string(), status: z.literal(true), data });

const digits = z.string().regex(/^-?\d+$/);
const normalized = z.string().regex(/^-?\d+\.\d+$/);

const compatTopic = z
  .object({
    topic_id: z.int(),
    topic_name: z.string(),
    description: z.string().nullable(),
    epoch_length: z.int(),
    ground_truth_lag: z.int(),
    loss_method: z.string(),
    worker_submission_window: z.int(),
    worker_count: z.int(),
    reputer_count: z.int(),
    total_staked_allo: z.number(),
    total_emissions_allo: z.number(),
    is_active: z.boolean(),
    updated_at: z.string().meta({ description: 'ISO 8601 with milliseconds.' }),
  })
  .meta({ id: 'CompatTopic' });

const compatInference = z
  .object({
    signature: z
      .string()
      .regex(/^0x[0-9a-f]{130}$/)
      .meta({ description: 'r, s and v over the packed words.' }),
    token_decimals: z.int(),
    inference_data: z.object({
      network_inference: digits.meta({ description: 'Times 10^18, truncated toward zero.' }),
      network_inference_normalized: normalized,
      confidence_interval_percentiles: z.array(digits),
      confidence_interval_percentiles_normalized: z.array(normalized),
      confidence_interval_values: z.array(digits),
      confidence_interval_values_normalized: z.array(normalized),
      topic_id: digits,
      timestamp: z.int().meta({ description: 'Seconds: the moment of the signature.' }),
      extra_data: z.string().regex(/^0x([0-9a-f]{2})*$/),
    }),
    nonce: z.int(),
    inferred_at: z.int().nullable().meta({ description: 'Seconds: when the network told the inference.' }),
  })
  .meta({ id: 'CompatInference' });

interface CompatPath {
  readonly id: string;
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly data: z.ZodType;
  readonly refusals: RouteShape['refusals'];
}

const text = (description: string, example: string) => z.string().min(1).meta({ description, example });
const format = text('Of the signature: `ethereum-<chain id>`.', 'ethereum-11155111');

const compatPaths: readonly CompatPath[] = [
  {
    id: 'Topics',
    path: '/allora/{chain}/topics',
    summary: 'All topics, as the client libraries ask for them',
    params: z.object({ chain: text('Name of a chain.', 'allora-testnet-1') }),
    query: topicsPageQuery,
    data: z.object({ topics: z.array(compatTopic), continuation_token: z.string().nullable() }),
    refusals: [],
  },
  {
    id: 'Price',
    path: '/allora/consumer/price/{format}/{asset}/{timeframe}',
    summary: 'The signed inference of the topic behind a price',
    params: z.object({ format, asset: text('An asset.', 'BTC'), timeframe: text('A time frame.', '5m') }),
    query: priceQuery,
    data: compatInference,
    refusals: ['UNKNOWN_TOPIC', 'NO_INFERENCE_YET', 'NOT_REPRESENTABLE'],
  },
  {
    id: 'Inference',
    path: '/allora/consumer/{format}',
    summary: 'The latest inference of a topic, signed for a contract',
    params: z.object({ format }),
    query: inferenceQuery,
    data: compatInference,
    refusals: ['UNKNOWN_TOPIC', 'NO_INFERENCE_YET', 'NOT_REPRESENTABLE'],
  },
  {
    id: 'MarketData',
    path: '/allora/market-data/ohlc',
    summary: 'Always 404: this network keeps no market data',
    data: z.never(),
    refusals: ['NOT_FOUND'],
  },
  {
    id: 'MarketDataByMonth',
    path: '/allora/market-data/ohlc/buckets/by-month',
    summary: 'Always 404: this network keeps no market data',
    data: z.never(),
    refusals: ['NOT_FOUND'],
  },
];

/** The same paths with the version that the libraries' base address ends in, and without it. */
export const compatRoutes: readonly RouteShape[] = (['/v2', ''] as const).flatMap((version) =>
  compatPaths.map(({ id, path, data, ...given }) =>
    route({
      id: `compat${id}${version === '' ? 'Plain' : ''}`,
      method: 'GET',
      path: `${version}${path}` as `/${string}`,
      tags: ['compat'],
      ...given,
      answers: data instanceof z.ZodNever ? {} : { 200: envelope(data) },
      scope: 'read',
      refusalForm: 'envelope',
    }),
  ),
);
