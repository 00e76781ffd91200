import { grpcPort, httpPort } from '@allora/service-kit/common-config';
import { submissionLogConfig } from '@allora/submission-log/config';
import type { z } from 'zod';

export const forecastIngestConfig = submissionLogConfig.extend({
  httpPort: httpPort(8083),
  grpcPort: grpcPort(9083),
  maxPayloadBytes: submissionLogConfig.shape.maxPayloadBytes.default(262144),
});

export type ForecastIngestConfig = z.output<typeof forecastIngestConfig>;

export const FORECAST_INGEST_CONFIG = Symbol('FORECAST_INGEST_CONFIG');
