import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { submissionLogProvider } from '@allora/submission-log/submission-log.provider';
import { type DynamicModule, Module } from '@nestjs/common';
import { REPUTATION_CONFIG, type ReputationConfig } from './config';
import { ScoringInputsStore } from './inputs.store';
import { lossSubmissions } from './loss-submissions';
import { LossesGrpc } from './losses.grpc';
import { LossesHttp } from './losses.http';
import { ReputationMetrics } from './metrics';
import { ScoringInputsHandler } from './scoring-inputs.handler';
import { StandingStore } from './standing.store';
import { TopicScoring } from './topic-scoring';

@Module({})
export class ReputationModule {
  static register(config: ReputationConfig): DynamicModule {
    return {
      module: ReputationModule,
      controllers: [LossesHttp],
      providers: [
        { provide: REPUTATION_CONFIG, useValue: config },
        serviceBusProvider('reputation'),
        submissionLogProvider(lossSubmissions, REPUTATION_CONFIG),
        LossesGrpc,
        ScoringInputsStore,
        StandingStore,
        ReputationMetrics,
        TopicScoring,
        ScoringInputsHandler,
      ],
    };
  }
}
