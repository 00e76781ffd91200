import type { ServiceName } from '@allora/contracts/catalog';
import { forecastIngestConfig } from '@allora/forecast-ingest/config';
import { gatewayConfig } from '@allora/gateway/config';
import { inferenceIngestConfig } from '@allora/inference-ingest/config';
import { reputationConfig } from '@allora/reputation/config';
import { rewardsConfig } from '@allora/rewards/config';
import { synthesisConfig } from '@allora/synthesis/config';
import { topicCoordinatorConfig } from '@allora/topic-coordinator/config';

/** What each service can be told. */
export const serviceConfigs = {
  gateway: gatewayConfig,
  'topic-coordinator': topicCoordinatorConfig,
  'inference-ingest': inferenceIngestConfig,
  'forecast-ingest': forecastIngestConfig,
  synthesis: synthesisConfig,
  reputation: reputationConfig,
  rewards: rewardsConfig,
} as const satisfies Record<ServiceName, unknown>;

export const serviceNames = Object.keys(serviceConfigs) as ServiceName[];
