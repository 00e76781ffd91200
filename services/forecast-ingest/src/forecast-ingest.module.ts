import { ForecastIngestService } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { commitForecast, submitForecast, submitForecasts } from '@allora/public-api/routes/submissions';
import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { submissionLogProvider } from '@allora/submission-log/submission-log.provider';
import { submissionsGrpc } from '@allora/submission-log/submissions.grpc';
import { commitmentsHttp, submissionsHttp } from '@allora/submission-log/submissions.http';
import { type DynamicModule, Module } from '@nestjs/common';
import { FORECAST_INGEST_CONFIG, type ForecastIngestConfig } from './config';
import { forecastSubmissions } from './forecast-submissions';

@Module({})
export class ForecastIngestModule {
  static register(config: ForecastIngestConfig): DynamicModule {
    return {
      module: ForecastIngestModule,
      controllers: [submissionsHttp(submitForecast, submitForecasts), commitmentsHttp(commitForecast)],
      providers: [
        { provide: FORECAST_INGEST_CONFIG, useValue: config },
        serviceBusProvider('forecast-ingest'),
        submissionLogProvider(forecastSubmissions, FORECAST_INGEST_CONFIG),
        submissionsGrpc(ForecastIngestService),
      ],
    };
  }
}
