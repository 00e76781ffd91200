import 'reflect-metadata';
import { boot } from '@allora/service-kit/boot';
import { signerRule } from '@allora/service-kit/common-config';
import { rewardsConfig, rewardsRules } from './config';
import { RewardsModule } from './rewards.module';

await boot({
  name: 'rewards',
  schema: rewardsConfig,
  rules: [...rewardsRules, signerRule],
  module: (config) => RewardsModule.register(config),
});
