import { grpcPort, httpPort } from '@allora/service-kit/common-config';
import { submissionLogConfig } from '@allora/submission-log/config';
import { z } from 'zod';

export const reputationConfig = submissionLogConfig.extend({
  httpPort: httpPort(8085),
  grpcPort: grpcPort(9085),
  maxElements: z
    .number()
    .int()
    .min(2)
    .max(1_000_000)
    .default(10_000)
    .describe('Most losses in one submission'),
  minimumStakeUallo: z
    .string()
    .regex(/^\d{1,30}$/, 'expected whole uallo in decimal')
    .default('10000')
    .describe(
      'Least stake, in uallo, of a reputer whose losses count; the same for all replicas and replays',
    ),
  listeningSeriesMax: z
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(1_000)
    .describe('Most reputers whose listening coefficient is shown as a metric'),
});

export type ReputationConfig = z.output<typeof reputationConfig>;
export const REPUTATION_CONFIG = Symbol('REPUTATION_CONFIG');
