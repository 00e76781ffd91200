import { readFileSync } from 'node:fs';
import path from 'node:path';
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

const mainOf = (service: ServiceName): string =>
  readFileSync(path.resolve(import.meta.dirname, `../../services/${service}/src/main.ts`), 'utf8');

/** Those that do not start with Kafka and without the network's key: they sign with it, or act on what the others signed. */
export const keyHolders = serviceNames.filter((service) => mainOf(service).includes('signerRule'));
