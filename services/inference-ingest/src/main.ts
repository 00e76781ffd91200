import 'reflect-metadata';
import { boot } from '@allora/service-kit/boot';
import { signerRule } from '@allora/service-kit/common-config';
import { inferenceIngestConfig } from './config';
import { InferenceIngestModule } from './inference-ingest.module';

await boot({
  name: 'inference-ingest',
  schema: inferenceIngestConfig,
  module: (config) => InferenceIngestModule.register(config),
  rules: [signerRule],
});
