import { coordinatorGrpcAddress } from '@allora/service-kit/addresses';
import { BULK_ITEMS } from '@allora/public-api/submission-forms';
import { commonConfig } from '@allora/service-kit/common-config';
import { z } from 'zod';

const MEBIBYTE = 1_048_576;

/** Settings of a service with a submission log, over those that every service has. */
export const submissionLogConfig = commonConfig.extend({
  coordinatorGrpcAddress,
  maxInflightSubmissions: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(5_000)
    .describe('Submissions judged and appended at once; further ones are refused with UNAVAILABLE'),
  appendTimeoutMs: z
    .number()
    .int()
    .min(10)
    .max(60_000)
    .default(5_000)
    .describe(
      'Longest wait of a submission for its answer, in ms; then UNAVAILABLE, and a repeat of the same bytes is safe',
    ),
  verifyThreads: z
    .number()
    .int()
    .min(0)
    .max(64)
    .optional()
    .describe(
      'Threads that check signatures. Unless set: with Kafka one less than the cores, at most 4; without it none',
    ),
  maxPayloadBytes: z
    .number()
    .int()
    .min(128)
    .max(MEBIBYTE)
    .default(MEBIBYTE)
    .describe('Largest signed payload, in bytes'),
  maxBulkItems: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(BULK_ITEMS)
    .describe('Most submissions in one bulk request'),
  maxElements: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(1_000)
    .describe('Most elements of one submission'),
  maxSetPartBytes: z
    .number()
    .int()
    .min(1_024)
    .max(7 * MEBIBYTE)
    .default(4 * MEBIBYTE)
    .describe(
      'Size at which a sealed set is split into parts, in bytes; the log takes records of up to 8 MiB',
    ),
});

export type SubmissionLogConfig = z.output<typeof submissionLogConfig>;
