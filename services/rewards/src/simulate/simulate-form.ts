import { addressText, nonceNumber, topicIdNumber } from '@allora/service-kit/form';
import { z } from 'zod';

/** Most participants that one question may name in each place. */
const NAMED_MAX = 1_000;

const stakeText = z.string().regex(/^(0|[1-9]\d{0,37})$/, 'expected a whole number of uallo');

/** The body of POST /v1/simulate/epoch. */
export const simulateForm = z.strictObject({
  topicId: topicIdNumber,
  nonce: nonceNumber.max(Number.MAX_SAFE_INTEGER),
  without: z.array(addressText).max(NAMED_MAX).default([]),
  pNorm: z.number().min(2.5).max(4.5).optional(),
  stakes: z
    .record(addressText, stakeText)
    .refine((stakes) => Object.keys(stakes).length <= NAMED_MAX, `expected at most ${NAMED_MAX} reputers`)
    .default({}),
});

export type SimulateQuestion = z.output<typeof simulateForm>;
