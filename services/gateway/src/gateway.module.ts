import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { type DynamicModule, Module } from '@nestjs/common';
import { compatControllers, compatProviders } from './compat/compat';
import { GATEWAY_CONFIG, type GatewayConfig } from './config';
import { EpochWaits } from './epoch-waits';
import { EpochsHandler } from './epochs.handler';
import { FactsStore } from './facts.store';
import { GatewayGrpc } from './gateway.grpc';
import { HotInferences } from './hot/hot-inferences';
import { LatestStore } from './hot/latest.store';
import { InferencesStore } from './inferences.store';
import { keyControllers, keyProviders } from './keys/keys';
import { KnownTopics } from './known-topics';
import { LatestInferences } from './latest-inferences';
import { GatewayMetrics } from './metrics';
import { NetworkHttp } from './network.http';
import { ParticipantsHttp } from './participants.http';
import { ParticipantsStore } from './participants.store';
import { purchaseControllers, purchaseProviders } from './purchases/purchase-parts';
import { readControllers, readProviders } from './reads';
import { ShadowsHttp } from './shadows.http';
import { ShadowsStore } from './shadows.store';
import { streamControllers, streamProviders } from './streams/streams';
import { SubmissionLookup } from './submission-lookup';
import { SubmissionStatus } from './submission-status';
import { SubmissionsHttp } from './submissions.http';
import { TopicsHandler } from './topics.handler';
import { TopicsStore } from './topics.store';

@Module({})
export class GatewayModule {
  static register(config: GatewayConfig): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [
        ParticipantsHttp,
        ShadowsHttp,
        SubmissionsHttp,
        NetworkHttp,
        ...readControllers,
        ...compatControllers,
        ...purchaseControllers,
        ...keyControllers,
        ...streamControllers,
      ],
      providers: [
        { provide: GATEWAY_CONFIG, useValue: config },
        serviceBusProvider('gateway'),
        GatewayMetrics,
        TopicsStore,
        FactsStore,
        ParticipantsStore,
        ShadowsStore,
        KnownTopics,
        LatestStore,
        InferencesStore,
        LatestInferences,
        HotInferences,
        EpochWaits,
        SubmissionLookup,
        SubmissionStatus,
        GatewayGrpc,
        TopicsHandler,
        EpochsHandler,
        ...readProviders,
        ...compatProviders,
        ...purchaseProviders,
        ...keyProviders,
        ...streamProviders,
      ],
    };
  }
}
