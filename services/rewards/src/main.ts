import 'reflect-metadata';
import { boot } from '@allora/service-kit/boot';
import { rewardsConfig, rewardsRules } from './config';
import { RewardsModule } from './rewards.module';

await boot({
  name: 'rewards',
  schema: rewardsConfig,
  rules: rewardsRules,
  module: (config) => RewardsModule.register(config),
});
