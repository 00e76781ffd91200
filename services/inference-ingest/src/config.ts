import { grpcPort, httpPort } from '@allora/service-kit/common-config';
import { submissionLogConfig } from '@allora/submission-log/config';
import type { z } from 'zod';

export const inferenceIngestConfig = submissionLogConfig.extend({
  httpPort: httpPort(8082),
  grpcPort: grpcPort(9082),
  maxPayloadBytes: submissionLogConfig.shape.maxPayloadBytes.default(1024),
});

export type InferenceIngestConfig = z.output<typeof inferenceIngestConfig>;

export const INFERENCE_INGEST_CONFIG = Symbol('INFERENCE_INGEST_CONFIG');
