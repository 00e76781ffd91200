import { z } from 'zod';
import { commonConfig } from '@allora/service-kit/common-config';
import { forecastIngestConfig } from '@allora/forecast-ingest/config';
import { gatewayConfig } from '@allora/gateway/config';
import { inferenceIngestConfig } from '@allora/inference-ingest/config';
import { reputationConfig } from '@allora/reputation/config';
import { rewardsConfig } from '@allora/rewards/config';
import { synthesisConfig } from '@allora/synthesis/config';
import { topicCoordinatorConfig } from '@allora/topic-coordinator/config';
import { SELF } from '@allora/service-kit/addresses';

const ownGrpcHost = z.string().default(SELF).describe(`gRPC address of the owner; ${SELF}: this process`);

/** Every setting of every service, once; the services share one HTTP and one gRPC port here. */
export const standaloneConfig = z.object({
  ...topicCoordinatorConfig.shape,
  ...inferenceIngestConfig.shape,
  ...forecastIngestConfig.shape,
  ...synthesisConfig.shape,
  ...reputationConfig.shape,
  ...rewardsConfig.shape,
  ...gatewayConfig.shape,
  ...commonConfig.shape,
  databaseUrl: commonConfig.shape.databaseUrl
    .optional()
    .describe('PostgreSQL 15 or later; without it an embedded one is started in DATA_DIR'),
  databasePoolSize: z
    .number()
    .int()
    .min(2)
    .max(180)
    .default(60)
    .describe('Most connections held to the database, by all services together'),
  dataDir: z.string().min(1).default('.allora').describe('Where the embedded PostgreSQL keeps its data'),
  coordinatorGrpcAddress: ownGrpcHost,
  inferenceIngestGrpcAddress: ownGrpcHost,
  forecastIngestGrpcAddress: ownGrpcHost,
  synthesisGrpcAddress: ownGrpcHost,
  reputationGrpcAddress: ownGrpcHost,
  rewardsGrpcAddress: ownGrpcHost,
});

export type StandaloneConfig = z.output<typeof standaloneConfig>;
