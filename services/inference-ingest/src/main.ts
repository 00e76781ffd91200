import 'reflect-metadata';
import { boot } from '@allora/service-kit/boot';
import { inferenceIngestConfig } from './config';
import { InferenceIngestModule } from './inference-ingest.module';

await boot({
  name: 'inference-ingest',
  schema: inferenceIngestConfig,
  module: (config) => InferenceIngestModule.register(config),
});
