import {
  coordinatorGrpcAddress,
  forecastIngestGrpcAddress,
  inferenceIngestGrpcAddress,
  reputationGrpcAddress,
  rewardsGrpcAddress,
} from '@allora/service-kit/addresses';
import { commonConfig, grpcPort, httpPort, logContext } from '@allora/service-kit/common-config';
import { z } from 'zod';
import { compatSettings } from './compat/settings';
import { purchaseSettings } from './purchases/settings';
import { keySettings } from './keys/settings';
import { trustSettings } from './trust/settings';
import { streamSettings } from './streams/settings';

export const gatewayConfig = commonConfig.extend({
  // Whoever asks most gets the fast path; its refusals and failures are logged with the request's id either way.
  logContext: logContext('auto'),
  httpPort: httpPort(8080),
  grpcPort: grpcPort(9080),
  coordinatorGrpcAddress,
  inferenceIngestGrpcAddress,
  forecastIngestGrpcAddress,
  reputationGrpcAddress,
  rewardsGrpcAddress,
  submissionLookupTimeoutMs: z
    .number()
    .int()
    .min(50)
    .max(30_000)
    .default(1_000)
    .describe('Longest wait for the ingest services when a submission is looked up'),
  latestInferenceTtlMs: z
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(1_000)
    .describe('How long a replica trusts its own copy of a latest inference without asking the cache'),
  maxWaitingRequests: z
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(1_000)
    .describe('Most requests that may wait for an epoch at once; more are told to come back'),
  ...trustSettings,
  ...compatSettings,
  ...purchaseSettings,
  ...keySettings,
  ...streamSettings,
});

export type GatewayConfig = z.output<typeof gatewayConfig>;

export const GATEWAY_CONFIG = Symbol('GATEWAY_CONFIG');
