import { InferenceIngestService } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { commitInference, submitInference, submitInferences } from '@allora/public-api/routes/submissions';
import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { submissionLogProvider } from '@allora/submission-log/submission-log.provider';
import { submissionsGrpc } from '@allora/submission-log/submissions.grpc';
import { commitmentsHttp, submissionsHttp } from '@allora/submission-log/submissions.http';
import { type DynamicModule, Module } from '@nestjs/common';
import { INFERENCE_INGEST_CONFIG, type InferenceIngestConfig } from './config';
import { inferenceSubmissions } from './inference-submissions';

@Module({})
export class InferenceIngestModule {
  static register(config: InferenceIngestConfig): DynamicModule {
    return {
      module: InferenceIngestModule,
      controllers: [submissionsHttp(submitInference, submitInferences), commitmentsHttp(commitInference)],
      providers: [
        { provide: INFERENCE_INGEST_CONFIG, useValue: config },
        serviceBusProvider('inference-ingest'),
        submissionLogProvider(inferenceSubmissions, INFERENCE_INGEST_CONFIG),
        submissionsGrpc(InferenceIngestService),
      ],
    };
  }
}
