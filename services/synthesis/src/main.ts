import 'reflect-metadata';
import { boot } from '@allora/service-kit/boot';
import { synthesisConfig } from './config';
import { SynthesisModule } from './synthesis.module';

await boot({
  name: 'synthesis',
  schema: synthesisConfig,
  module: (config) => SynthesisModule.register(config),
});
