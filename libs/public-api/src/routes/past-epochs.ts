import { nonceNumber, topicIdNumber } from '@allora/service-kit/form';
import { z } from 'zod';
import { addressForm, topicNoncePath } from '../forms';
import { route } from '../route';
import { explainedRewards, simulation } from '../schemas/past-epoch';

/** Most participants that one question may name in each place. */
const NAMED_MAX = 1_000;

const stakeText = z
  .string()
  .regex(/^(0|[1-9]\d{0,37})$/, 'expected a whole number of uallo')
  .meta({ description: 'Whole uallo.', example: '5000000000000000000' });

export const explainRewards = route({
  id: 'explainRewards',
  method: 'GET',
  path: '/v1/topics/{id}/epochs/{nonce}/rewards/{address}',
  summary: 'One payment worked out, from the score to the whole uallo',
  tags: ['economy', 'epochs'],
  params: topicNoncePath.extend({ address: addressForm }),
  answers: { 200: explainedRewards },
  refusals: ['UNKNOWN_EPOCH', 'UNKNOWN_PARTICIPANT'],
  scope: 'read',
  servedBy: 'rewards',
});

export const simulateEpoch = route({
  id: 'simulateEpoch',
  method: 'POST',
  path: '/v1/simulate/epoch',
  summary: 'What a past epoch would have been with something changed',
  tags: ['economy', 'epochs'],
  body: z
    .strictObject({
      topicId: topicIdNumber,
      nonce: nonceNumber.max(Number.MAX_SAFE_INTEGER),
      without: z
        .array(addressForm)
        .max(NAMED_MAX)
        .default([])
        .meta({ description: 'Workers and reputers that had not been there.' }),
      pNorm: z.number().min(2.5).max(4.5).optional(),
      stakes: z
        .record(addressForm, stakeText)
        .refine((stakes) => Object.keys(stakes).length <= NAMED_MAX, `expected at most ${NAMED_MAX} reputers`)
        .default({})
        .meta({
          description: 'New stakes of some reputers, by address.',
          override: { maxProperties: NAMED_MAX },
        }),
    })
    .meta({ id: 'SimulationQuestion' }),
  answers: { 200: simulation },
  refusals: [
    ...(['UNKNOWN_EPOCH', 'UNKNOWN_TOPIC', 'UNKNOWN_PARTICIPANT', 'EPOCH_NOT_KEPT'] as const),
    ...(['UNKNOWN_LOSS_METHOD', 'TRUTH_NOT_RECOVERABLE'] as const),
  ],
  servedBy: 'rewards',
});

export type SimulationQuestion = z.output<typeof simulateEpoch.body>;

export const pastEpochRoutes = [explainRewards, simulateEpoch];
