import type { DynamicModule } from '@nestjs/common';
import { ForecastIngestModule } from '@allora/forecast-ingest/forecast-ingest.module';
import { forecastIngestConfig } from '@allora/forecast-ingest/config';
import { GatewayModule } from '@allora/gateway/gateway.module';
import { gatewayConfig } from '@allora/gateway/config';
import { InferenceIngestModule } from '@allora/inference-ingest/inference-ingest.module';
import { inferenceIngestConfig } from '@allora/inference-ingest/config';
import { ReputationModule } from '@allora/reputation/reputation.module';
import { reputationConfig } from '@allora/reputation/config';
import { RewardsModule } from '@allora/rewards/rewards.module';
import { rewardsConfig } from '@allora/rewards/config';
import { synthesisConfig } from '@allora/synthesis/config';
import { SynthesisModule } from '@allora/synthesis/synthesis.module';
import { TopicCoordinatorModule } from '@allora/topic-coordinator/topic-coordinator.module';
import { topicCoordinatorConfig } from '@allora/topic-coordinator/config';
import type { StandaloneConfig } from './config';

/** Each service as it runs alone, told the same settings. */
export const allModules = (config: StandaloneConfig & { databaseUrl: string }): DynamicModule[] => [
  TopicCoordinatorModule.register(topicCoordinatorConfig.parse(config)),
  RewardsModule.register(rewardsConfig.parse(config)),
  InferenceIngestModule.register(inferenceIngestConfig.parse(config)),
  ForecastIngestModule.register(forecastIngestConfig.parse(config)),
  SynthesisModule.register(synthesisConfig.parse(config)),
  ReputationModule.register(reputationConfig.parse(config)),
  GatewayModule.register(gatewayConfig.parse(config)),
];
