import { z } from 'zod';
import { route } from '../route';

export const keyScopeName = z.enum(['read', 'stream', 'purchase']);

const moment = z.iso.datetime();

export const apiKeyAnswer = z
  .strictObject({
    id: z.string().meta({ description: 'Names the key; not secret.', example: '0f8e7d6c5b4a3928' }),
    prefix: z.string().meta({ description: 'How the key begins.', example: 'UP-0f8e7d6c5b4a3928' }),
    name: z.string(),
    owner: z.string(),
    scopes: z.array(keyScopeName),
    limits: z
      .strictObject({
        perWindow: z.int().nullable(),
        perDay: z.int().nullable(),
        perMonth: z.int().nullable(),
      })
      .meta({ description: "The key's own limits; null: the network's default, or no quota." }),
    state: z.enum(['active', 'replaced', 'expired', 'revoked']).meta({
      description: 'A replaced key goes on until `expiresAt`.',
    }),
    createdAt: moment,
    expiresAt: moment.nullable(),
    lastUsedAt: moment.nullable().meta({ description: 'Up to a quarter of a minute behind.' }),
    revokedAt: moment.nullable(),
    replacedBy: z.string().nullable(),
  })
  .meta({ id: 'ApiKey' });

export const shownKeyAnswer = z
  .strictObject({
    key: z.string().meta({ description: 'The whole key. It is not kept and never shown again.' }),
    apiKey: apiKeyAnswer,
  })
  .meta({ id: 'ShownApiKey' });

export const rotationBody = z.strictObject({
  overlapSeconds: z
    .int()
    .min(0)
    .max(604_800)
    .default(3_600)
    .meta({ description: 'How long the old key goes on beside the new one.' }),
});

const quotaAnswer = z
  .strictObject({
    caller: z
      .strictObject({
        kind: z.enum(['key', 'anonymous']),
        apiKeyId: z.string().nullable(),
        owner: z.string().nullable(),
        scopes: z.array(keyScopeName),
      })
      .meta({ description: 'Who asks, as the gateway sees it.' }),
    limits: z.array(
      z.strictObject({
        policy: z
          .string()
          .meta({ description: 'address, api-key, api-key-day, api-key-month', example: 'api-key-day' }),
        quota: z.int().meta({ description: 'Requests in a window.' }),
        windowSeconds: z.int(),
        remaining: z.int().meta({ description: 'This request is counted already.' }),
        resetSeconds: z.int().meta({ description: 'Time until the window ends.' }),
      }),
    ),
  })
  .meta({ id: 'Quota' });

export const getQuota = route({
  id: 'getQuota',
  method: 'GET',
  path: '/v1/quota',
  summary: "What is left of the caller's limits",
  description:
    'Of the key that comes along, else of the address. An empty list: nothing limits the caller. A browser is answered with a page.',
  tags: ['keys'],
  answers: { 200: quotaAnswer },
  refusals: ['UNKNOWN_API_KEY'],
});

export const getOwnKey = route({
  id: 'getOwnApiKey',
  keyNeeded: true,
  method: 'GET',
  path: '/v1/api-keys/self',
  summary: 'The key that comes along',
  tags: ['keys'],
  answers: { 200: apiKeyAnswer },
  refusals: ['UNKNOWN_API_KEY'],
});

export const rotateOwnKey = route({
  id: 'rotateOwnApiKey',
  keyNeeded: true,
  method: 'POST',
  path: '/v1/api-keys/self/rotation',
  summary: 'A new key in place of the one that comes along',
  description: 'It has the same scopes, limits and end, and draws on the same quota.',
  tags: ['keys'],
  body: rotationBody,
  answers: { 201: shownKeyAnswer },
  refusals: ['UNKNOWN_API_KEY', 'KEY_NOT_ACTIVE'],
});

export const revokeOwnKey = route({
  id: 'revokeOwnApiKey',
  keyNeeded: true,
  method: 'POST',
  path: '/v1/api-keys/self/revocation',
  summary: 'Ends the key that comes along, for good',
  tags: ['keys'],
  answers: { 200: apiKeyAnswer },
  refusals: ['UNKNOWN_API_KEY'],
});

export const keyRoutes = [getQuota, getOwnKey, rotateOwnKey, revokeOwnKey];
