import { z } from 'zod';
import { address, atMs, maybe, nonce, topicId } from './common';

const hex = z.string().regex(/^([0-9a-f]{2})*$/);

export const submission = z
  .object({
    hash: hex,
    kind: z.enum([
      'inference',
      'forecast',
      'loss',
      'inference_commitment',
      'forecast_commitment',
      'unspecified',
    ]),
    topicId: topicId.optional(),
    nonce: nonce.optional(),
    author: address.optional(),
    position: z
      .object({ partition: z.int(), offset: z.int(), index: z.int() })
      .optional()
      .meta({ description: 'Its place on the log.' }),
    acceptedAtMs: atMs.optional(),
    proof: z
      .object({ publicKey: hex, signature: hex, index: z.int(), path: hex })
      .nullable()
      .optional()
      .meta({ description: 'The network’s signature of the receipt.' }),
    state: z.enum(['unspecified', 'accepted', 'in_set', 'late', 'superseded', 'active', 'not_active']),
    supersededBy: maybe(z.string()),
    reason: maybe(z.string()).meta({ example: 'SORTITION_RANK' }),
    rank: maybe(z.int()),
    emaScore: maybe(z.number()),
    activeLimit: maybe(z.int()),
    dropped: z.array(z.object({ field: z.string(), worker: z.string(), reason: z.string() })),
    droppedCount: z.int(),
  })
  .meta({ id: 'Submission' });
