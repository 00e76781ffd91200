import 'reflect-metadata';
import { boot } from '@allora/service-kit/boot';
import { signerRule } from '@allora/service-kit/common-config';
import { reputationConfig } from './config';
import { ReputationModule } from './reputation.module';

await boot({
  name: 'reputation',
  schema: reputationConfig,
  module: (config) => ReputationModule.register(config),
  rules: [signerRule],
});
