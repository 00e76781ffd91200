import { z } from 'zod';
import { address, height, maybe, nonce, topicId, uallo } from './common';

const standingRole = z.enum(['inferer', 'forecaster', 'reputer']);

export const participant = z
  .object({
    address,
    registrations: z.array(z.object({ topicId, role: z.enum(['worker', 'reputer']), height })),
    standings: z.array(
      z.object({
        topicId,
        role: standingRole,
        lastNonce: nonce,
        weight: maybe(z.number()),
        weightShare: maybe(z.number()),
        weightNonce: maybe(nonce),
        score: maybe(z.number()),
        scoreNonce: maybe(nonce),
        emaScore: maybe(z.number()),
        listeningCoefficient: maybe(z.number()),
        paidUallo: uallo,
        paidEpochs: z.int(),
      }),
    ),
    epochs: z.array(
      z.object({
        topicId,
        nonce,
        role: standingRole,
        score: maybe(z.number()),
        emaScore: maybe(z.number()),
        fraction: maybe(z.number()),
        paidUallo: uallo,
      }),
    ),
  })
  .meta({ id: 'Participant' });
