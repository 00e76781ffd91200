import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { type DynamicModule, Module } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from './config';
import { EpochWaits } from './epoch-waits';
import { EpochsHandler } from './epochs.handler';
import { FactsStore } from './facts.store';
import { KnownTopics } from './known-topics';
import { LatestInferences } from './latest-inferences';
import { GatewayMetrics } from './metrics';
import { ParticipantsHttp } from './participants.http';
import { ParticipantsStore } from './participants.store';
import { TopicsHandler } from './topics.handler';
import { TopicsHttp } from './topics.http';
import { TopicsStore } from './topics.store';

@Module({})
export class GatewayModule {
  static register(config: GatewayConfig): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [TopicsHttp, ParticipantsHttp],
      providers: [
        { provide: GATEWAY_CONFIG, useValue: config },
        serviceBusProvider('gateway'),
        GatewayMetrics,
        TopicsStore,
        FactsStore,
        ParticipantsStore,
        KnownTopics,
        LatestInferences,
        EpochWaits,
        TopicsHandler,
        EpochsHandler,
      ],
    };
  }
}
