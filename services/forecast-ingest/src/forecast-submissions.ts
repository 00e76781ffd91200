import { busTopics } from '@allora/contracts/catalog';
import type { ForecastSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { CommittedBody, type ForecastSubmission } from '@allora/contracts/gen/allora/signing/v1/signing';
import { EpochPhase, Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { judgeForecast } from '@allora/protocol/ingest/submission-values';
import { forecastBody, forecastFields } from '@allora/public-api/submission-forms';
import type { SubmissionKind } from '@allora/submission-log/kind';

export const forecastSubmissions: SubmissionKind<ForecastSubmission, ForecastSet> = {
  service: 'forecast-ingest',
  schema: 'forecast_ingest',
  role: Role.WORKER,
  phases: { opened: EpochPhase.WORKER_WINDOW_OPENED, closed: EpochPhase.WORKER_WINDOW_CLOSED },
  log: busTopics.forecastSubmissions,
  sets: busTopics.forecastSets,
  form: forecastFields,
  body: forecastBody,
  read: ({ body }) => (body?.$case === 'forecast' ? body.value : undefined),
  wrap: (value) => ({ $case: 'forecast', value }),
  author: ({ forecaster }) => forecaster,
  judge: (submission, _params, limits) => judgeForecast(submission, limits),
  committedBody: CommittedBody.FORECAST,
  buildSet: (header, forecasts, shadowForecasts) => ({ ...header, forecasts, shadowForecasts }),
};
