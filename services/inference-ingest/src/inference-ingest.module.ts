import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { submissionLogProvider } from '@allora/submission-log/submission-log.provider';
import { type DynamicModule, Module } from '@nestjs/common';
import { INFERENCE_INGEST_CONFIG, type InferenceIngestConfig } from './config';
import { inferenceSubmissions } from './inference-submissions';
import { InferenceSubmissionsGrpc } from './submissions.grpc';
import { InferenceSubmissionsHttp } from './submissions.http';

@Module({})
export class InferenceIngestModule {
  static register(config: InferenceIngestConfig): DynamicModule {
    return {
      module: InferenceIngestModule,
      controllers: [InferenceSubmissionsHttp],
      providers: [
        { provide: INFERENCE_INGEST_CONFIG, useValue: config },
        serviceBusProvider('inference-ingest'),
        submissionLogProvider(inferenceSubmissions, INFERENCE_INGEST_CONFIG),
        InferenceSubmissionsGrpc,
      ],
    };
  }
}
