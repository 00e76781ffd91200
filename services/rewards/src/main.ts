import 'reflect-metadata';
import { boot } from '@allora/service-kit/boot';
import { rewardsConfig } from './config';
import { RewardsModule } from './rewards.module';

await boot({ name: 'rewards', schema: rewardsConfig, module: (config) => RewardsModule.register(config) });
