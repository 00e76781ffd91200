import { z } from 'zod';
import { commaList, fieldList, limitText, timeText, topicNoncePath, topicPath } from '../forms';
import { route } from '../route';
import { compact, maybe, nonce, topicId } from '../schemas/common';
import { bar, INFERENCE_FIELDS, inferencePoint, latestInference, workerValue } from '../schemas/inference';

const percentile = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,6})?$/, 'expected a percentile')
  .transform(Number)
  .refine((value) => value <= 100, 'expected a percentile, from 0 to 100');

const percentiles = commaList(percentile, {
  most: 50,
  pattern: '^(100|[1-9]?[0-9])(\\.0{1,6})?(,(100|[1-9]?[0-9])(\\.0{1,6})?){0,49}$',
  description:
    'Add the values at these percentiles, from 0 to 100, separated by commas; with up to six decimals.',
  example: '5,50,95',
});

export const inferenceQuery = z.strictObject({
  percentiles: percentiles.optional(),
  fields: fieldList(INFERENCE_FIELDS).optional(),
});

const order = z
  .enum(['newest', 'oldest'])
  .meta({ description: 'Which come first.', example: 'newest' })
  .default('newest');

const cursor = z
  .string()
  .regex(/^[\w-]{1,64}$/, 'expected a cursor, as `next` told it')
  .meta({ description: '`next` of the page before, as it was told.' });

export const historyQuery = z.strictObject({
  from: timeText('Told at this time or later.').optional(),
  to: timeText('Told before this time.').optional(),
  order,
  after: cursor.optional(),
  limit: limitText(1_000, 100),
});

export const INTERVAL = /^(?:[1-9]\d{0,3}(?:m|h|d)|[1-9]\d{0,5}epochs)$/;

export const barsQuery = z.strictObject({
  interval: z
    .string()
    .regex(INTERVAL, 'expected minutes, hours, days or epochs, such as 5m, 1h, 1d or 12epochs')
    .meta({ description: 'Length of a bar: minutes, hours, days or epochs.', example: '1h' }),
  from: timeText('Bars of inferences told at this time or later.').optional(),
  to: timeText('Bars of inferences told before this time; behind the latest unless given.').optional(),
  limit: limitText(1_000, 100),
});

export const latestInferenceRoute = route({
  id: 'getLatestInference',
  method: 'GET',
  path: '/v1/topics/{id}/inference',
  summary: 'The latest network inference',
  description:
    'Served from memory and rendered again every second: `trust.ageSeconds` may be one second old. The ETag is weak and stays while only the age changes.',
  tags: ['inferences'],
  params: topicPath,
  query: inferenceQuery,
  answers: { 200: compact(latestInference) },
  refusals: ['UNKNOWN_TOPIC', 'NO_INFERENCE_YET'],
  scope: 'read',
  conditional: true,
});

export const getInference = route({
  id: 'getInference',
  method: 'GET',
  path: '/v1/topics/{id}/inference/{nonce}',
  summary: 'The network inference of an epoch',
  description:
    'Its trust is judged as of its own time, so that the answer never changes once the epoch is paid.',
  tags: ['inferences'],
  params: topicNoncePath,
  query: inferenceQuery,
  answers: { 200: compact(latestInference) },
  refusals: ['UNKNOWN_TOPIC', 'UNKNOWN_EPOCH'],
  scope: 'read',
  conditional: true,
});

export const listInferences = route({
  id: 'listInferences',
  method: 'GET',
  path: '/v1/topics/{id}/history',
  summary: 'The history of a topic’s inferences',
  description:
    'Pages of it stay what they are: a page read again holds the same, and new inferences never shift it.',
  tags: ['inferences'],
  params: topicPath,
  query: historyQuery,
  answers: {
    200: z.object({
      topicId,
      inferences: z.array(inferencePoint),
      next: maybe(z.string()).meta({ description: '`after` of the next page; null on the last one.' }),
    }),
  },
  refusals: ['UNKNOWN_TOPIC'],
  scope: 'read',
  conditional: true,
});

export const listBars = route({
  id: 'listBars',
  method: 'GET',
  path: '/v1/topics/{id}/bars',
  summary: 'A topic’s inferences gathered into bars, newest first',
  description:
    'Bars of time are aligned to 1970-01-01 UTC, bars of epochs to block 0. Intervals without an inference have no bar. At most `limit` intervals before `to` are looked at; `next` is the `to` to go on with.',
  tags: ['inferences'],
  params: topicPath,
  query: barsQuery,
  answers: {
    200: z.object({
      topicId,
      interval: z.string().meta({ example: '1h' }),
      bars: z.array(bar),
      next: maybe(z.int()).meta({ description: '`to` of the next page; null where nothing is older.' }),
    }),
  },
  refusals: ['UNKNOWN_TOPIC'],
  scope: 'read',
  conditional: true,
});

export const listWorkers = route({
  id: 'listInferenceWorkers',
  method: 'GET',
  path: '/v1/topics/{id}/inference/{nonce}/workers',
  summary: 'Every worker of an epoch: value, weight, regret and score',
  tags: ['inferences'],
  params: topicNoncePath,
  answers: { 200: z.object({ topicId, nonce, workers: z.array(workerValue) }) },
  refusals: ['UNKNOWN_TOPIC', 'UNKNOWN_EPOCH'],
  scope: 'read',
  conditional: true,
});

export const inferenceRoutes = [latestInferenceRoute, getInference, listInferences, listBars, listWorkers];
