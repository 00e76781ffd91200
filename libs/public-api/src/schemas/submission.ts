import { z } from 'zod';
import { address, atMs, maybe, nonce, problem, topicId } from './common';

const hex = z.string().regex(/^([0-9a-f]{2})*$/);
const proof = z.object({ publicKey: hex, signature: hex, index: z.int(), path: hex });

export const receipt = z
  .object({
    hash: hex.meta({ description: 'SHA-256 of what was signed; names the submission.' }),
    topicId,
    nonce,
    author: address,
    ...{ logPartition: z.int(), logOffset: z.int(), logIndex: z.int() },
    acceptedAtMs: atMs,
    proof: proof.meta({ description: 'The network’s signature of all the other fields.' }),
  })
  .meta({ id: 'Receipt', description: 'That the submission is on the log for good, and where.' });

export const bulkAnswer = z
  .object({
    results: z
      .array(
        z.union([
          z.object({ status: z.literal(202), receipt }),
          z.object({ status: z.int().min(400).max(599), problem }),
        ]),
      )
      .meta({ description: 'One for each item, in their order.' }),
  })
  .meta({ id: 'BulkAnswer' });

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
    proof: proof.nullable().optional().meta({ description: 'The network’s signature of the receipt.' }),
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
