import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { type DynamicModule, Module } from '@nestjs/common';
import { BlockClock } from './block-clock';
import { ClockStore } from './clock.store';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import { CreateTopic } from './create-topic';
import { EpochTeller } from './epoch-teller';
import { EpochsStore } from './epochs.store';
import { TopicCoordinatorMetrics } from './metrics';
import { RegisterParticipant } from './register-participant';
import { TopicsGrpc } from './topics.grpc';
import { TopicsHttp } from './topics.http';
import { TopicsStore } from './topics.store';
import { WindowFeed } from './window-feed';

@Module({})
export class TopicCoordinatorModule {
  static register(config: TopicCoordinatorConfig): DynamicModule {
    return {
      module: TopicCoordinatorModule,
      controllers: [TopicsHttp],
      providers: [
        { provide: TOPIC_COORDINATOR_CONFIG, useValue: config },
        serviceBusProvider('topic-coordinator'),
        ...[TopicsStore, EpochsStore, ClockStore, TopicCoordinatorMetrics],
        ...[CreateTopic, RegisterParticipant, WindowFeed, EpochTeller, BlockClock, TopicsGrpc],
      ],
    };
  }
}
