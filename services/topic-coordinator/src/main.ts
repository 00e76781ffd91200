import 'reflect-metadata';
import { boot } from '@allora/service-kit/boot';
import { topicCoordinatorConfig } from './config';
import { TopicCoordinatorModule } from './topic-coordinator.module';

await boot({
  name: 'topic-coordinator',
  schema: topicCoordinatorConfig,
  module: (config) => TopicCoordinatorModule.register(config),
});
