import { z } from 'zod';
import { limitText, nonceText, orElse, topicNoncePath, topicPath, wholeNumber } from '../forms';
import { route } from '../route';
import { topicId } from '../schemas/common';
import { epoch, epochOverview } from '../schemas/epoch';

const WAITABLE = ['inference', 'losses', 'scores', 'rewards'] as const;

export const listEpochs = route({
  id: 'listEpochs',
  method: 'GET',
  path: '/v1/topics/{id}/epochs',
  summary: 'Epochs of a topic, newest first, and how far each is',
  tags: ['epochs'],
  params: topicPath,
  query: z.strictObject({
    limit: limitText(500, 20),
    before: nonceText.meta({ description: 'Epochs before this nonce.' }).optional(),
  }),
  answers: { 200: z.object({ topicId, epochs: z.array(epochOverview) }) },
  refusals: ['UNKNOWN_TOPIC'],
  scope: 'read',
  conditional: true,
});

export const getEpoch = route({
  id: 'getEpoch',
  method: 'GET',
  path: '/v1/topics/{id}/epochs/{nonce}',
  summary: 'Everything known of an epoch',
  description: 'With `waitFor` the answer comes once that part is there, or as it is when the time is over.',
  tags: ['epochs'],
  params: topicNoncePath,
  query: z.strictObject({
    waitFor: z.enum(WAITABLE).meta({ description: 'The part to wait for.', example: 'rewards' }).optional(),
    timeoutMs: orElse(
      wholeNumber({
        what: 'a time in milliseconds',
        min: 0,
        max: 30_000,
        description: 'Longest wait, in milliseconds.',
        example: 5_000,
      }),
      20_000,
    ),
  }),
  answers: { 200: epoch },
  refusals: ['UNKNOWN_TOPIC', 'UNKNOWN_EPOCH'],
  scope: 'read',
  conditional: true,
});

export const epochRoutes = [listEpochs, getEpoch];
