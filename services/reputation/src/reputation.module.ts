import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { type DynamicModule, Module } from '@nestjs/common';
import { REPUTATION_CONFIG, type ReputationConfig } from './config';
import { ScoringInputsStore } from './inputs.store';
import { ReputationMetrics } from './metrics';
import { ScoringInputsHandler } from './scoring-inputs.handler';
import { StandingStore } from './standing.store';
import { TopicScoring } from './topic-scoring';

@Module({})
export class ReputationModule {
  static register(config: ReputationConfig): DynamicModule {
    return {
      module: ReputationModule,
      providers: [
        { provide: REPUTATION_CONFIG, useValue: config },
        serviceBusProvider('reputation'),
        ScoringInputsStore,
        StandingStore,
        ReputationMetrics,
        TopicScoring,
        ScoringInputsHandler,
      ],
    };
  }
}
