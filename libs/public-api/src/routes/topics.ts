import { z } from 'zod';
import { addressForm, commaList, fieldList, limitText, orElse, topicPath, wholeNumber } from '../forms';
import { route } from '../route';
import { compact } from '../schemas/common';
import { topic, TOPIC_FIELDS } from '../schemas/topic';

const topicIds = commaList(
  wholeNumber({ what: 'a topic id', min: 1, max: 999_999_999_999_999, description: 'A topic.' }),
  {
    most: 100,
    pattern: '^[1-9][0-9]{0,14}(,[1-9][0-9]{0,14}){0,99}$',
    description: 'Only these topics, separated by commas.',
    example: '1,2,5',
  },
);

export const topicFields = fieldList(TOPIC_FIELDS);

export const topicsQuery = z.strictObject({
  limit: limitText(500, 100),
  after: orElse(
    wholeNumber({
      what: 'a topic id',
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      description: 'Topics with a higher id than this: `next` of the page before.',
    }),
    0,
  ),
  active: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .meta({ description: 'Only those that are active, or only those that are not.', example: 'true' })
    .optional(),
  lossMethod: z
    .string()
    .min(1)
    .max(200)
    .meta({ description: 'Only those of this method.', example: 'mse' })
    .optional(),
  creator: addressForm.meta({ description: 'Only those of this creator.' }).optional(),
  ids: topicIds.optional(),
  search: z
    .string()
    .min(1)
    .max(200)
    .meta({ description: 'Only those with this text in their metadata, in any case.', example: 'btc' })
    .optional(),
  fields: topicFields.optional(),
});

export const listTopics = route({
  id: 'listTopics',
  method: 'GET',
  path: '/v1/topics',
  summary: 'Topics, by ascending id',
  tags: ['topics'],
  query: topicsQuery,
  answers: {
    200: z.object({
      topics: z.array(compact(topic)),
      next: z
        .int()
        .nullable()
        .meta({ description: '`after` of the next page; null on the last one.', example: null }),
    }),
  },
  refusals: [],
  scope: 'read',
  conditional: true,
});

export const getTopic = route({
  id: 'getTopic',
  method: 'GET',
  path: '/v1/topics/{id}',
  summary: 'One topic with its rules and open windows',
  tags: ['topics'],
  params: topicPath,
  query: z.strictObject({ fields: topicFields.optional() }),
  answers: { 200: compact(topic) },
  refusals: ['UNKNOWN_TOPIC'],
  scope: 'read',
  conditional: true,
});

export const topicRoutes = [listTopics, getTopic];
