import { z } from 'zod';

const wholeNumber = (what: string, min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `expected ${what}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `expected ${what}, from ${min} to ${max}`);

export const nonceText = wholeNumber('a nonce', 0, Number.MAX_SAFE_INTEGER);

export const topicsQuery = z.strictObject({
  limit: wholeNumber('a number of topics', 1, 500).default(100),
  /** Topics with a higher id than this. */
  after: wholeNumber('a topic id', 0, Number.MAX_SAFE_INTEGER).default(0),
});

export const epochsQuery = z.strictObject({
  limit: wholeNumber('a number of epochs', 1, 500).default(20),
  before: nonceText.optional(),
});

export const WAITABLE = ['inference', 'losses', 'scores', 'rewards'] as const;

export const epochQuery = z.strictObject({
  waitFor: z.enum(WAITABLE).optional(),
  timeoutMs: wholeNumber('a time in milliseconds', 0, 30_000).default(20_000),
});
