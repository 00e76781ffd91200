import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { type DynamicModule, Module } from '@nestjs/common';
import { BlockClock } from './block-clock';
import { BlockTeller } from './block-teller';
import { ChangeTopic } from './change-topic';
import { ClockStore } from './clock.store';
import { CommandsStore } from './commands.store';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import { CreateTopic } from './create-topic';
import { EpochTeller } from './epoch-teller';
import { EpochsStore } from './epochs.store';
import { Fees } from './fees';
import { TopicCoordinatorMetrics } from './metrics';
import { PauseTopic } from './pause-topic';
import { OperationsHttp } from './operations.http';
import { RegisterParticipant } from './register-participant';
import { RegistrationsStore } from './registrations.store';
import { ReopenEpoch } from './reopen-epoch';
import { TimetablesStore } from './timetables.store';
import { TopicWeightsHandler } from './topic-weights.handler';
import { TopicCommandsGrpc } from './topic-commands.grpc';
import { TopicsGrpc } from './topics.grpc';
import { TopicsHttp } from './topics.http';
import { TopicsStore } from './topics.store';
import { WindowFeed } from './window-feed';

@Module({})
export class TopicCoordinatorModule {
  static register(config: TopicCoordinatorConfig): DynamicModule {
    return {
      module: TopicCoordinatorModule,
      controllers: [TopicsHttp, OperationsHttp],
      providers: [
        { provide: TOPIC_COORDINATOR_CONFIG, useValue: config },
        serviceBusProvider('topic-coordinator'),
        ...[TopicsStore, RegistrationsStore, TimetablesStore, EpochsStore, CommandsStore, ClockStore],
        TopicCoordinatorMetrics,
        ...[
          Fees,
          CreateTopic,
          ChangeTopic,
          PauseTopic,
          ReopenEpoch,
          RegisterParticipant,
          TopicWeightsHandler,
        ],
        ...[WindowFeed, BlockTeller, EpochTeller, BlockClock, TopicsGrpc, TopicCommandsGrpc],
      ],
    };
  }
}
