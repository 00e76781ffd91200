import { LossIngestService } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { submitLossBundles, submitLosses } from '@allora/public-api/routes/submissions';
import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { submissionLogProvider } from '@allora/submission-log/submission-log.provider';
import { submissionsGrpc } from '@allora/submission-log/submissions.grpc';
import { submissionsHttp } from '@allora/submission-log/submissions.http';
import { type DynamicModule, Module } from '@nestjs/common';
import { REPUTATION_CONFIG, type ReputationConfig } from './config';
import { ScoringInputsStore } from './inputs.store';
import { lossSubmissions } from './loss-submissions';
import { ReputationMetrics } from './metrics';
import { ReputationGrpc } from './reputation.grpc';
import { ScoringInputsHandler } from './scoring-inputs.handler';
import { StandingStore } from './standing.store';
import { TopicScoring } from './topic-scoring';

@Module({})
export class ReputationModule {
  static register(config: ReputationConfig): DynamicModule {
    return {
      module: ReputationModule,
      controllers: [submissionsHttp(submitLosses, submitLossBundles)],
      providers: [
        { provide: REPUTATION_CONFIG, useValue: config },
        serviceBusProvider('reputation'),
        submissionLogProvider(lossSubmissions, REPUTATION_CONFIG),
        submissionsGrpc(LossIngestService),
        ScoringInputsStore,
        StandingStore,
        ReputationMetrics,
        TopicScoring,
        ScoringInputsHandler,
        ReputationGrpc,
      ],
    };
  }
}
