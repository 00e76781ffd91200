import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { submissionLogProvider } from '@allora/submission-log/submission-log.provider';
import { type DynamicModule, Module } from '@nestjs/common';
import { FORECAST_INGEST_CONFIG, type ForecastIngestConfig } from './config';
import { forecastSubmissions } from './forecast-submissions';
import { ForecastSubmissionsGrpc } from './submissions.grpc';
import { ForecastSubmissionsHttp } from './submissions.http';

@Module({})
export class ForecastIngestModule {
  static register(config: ForecastIngestConfig): DynamicModule {
    return {
      module: ForecastIngestModule,
      controllers: [ForecastSubmissionsHttp],
      providers: [
        { provide: FORECAST_INGEST_CONFIG, useValue: config },
        serviceBusProvider('forecast-ingest'),
        submissionLogProvider(forecastSubmissions, FORECAST_INGEST_CONFIG),
        ForecastSubmissionsGrpc,
      ],
    };
  }
}
