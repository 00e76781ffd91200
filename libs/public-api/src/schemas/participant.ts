import { z } from 'zod';
import { address, height, maybe, nonce, topicId, uallo } from './common';
import { shadowStanding } from './shadow';

const standingRole = z.enum(['inferer', 'forecaster', 'reputer']);

export const participant = z
  .object({
    address,
    registrations: z.array(
      z.object({
        topicId,
        role: z.enum(['worker', 'reputer']),
        height: height.meta({ description: 'Since when it stands as it does.' }),
        shadow: z.boolean().meta({ description: 'Scored, but neither weighted nor paid.' }),
      }),
    ),
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
    shadows: z.array(shadowStanding),
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
