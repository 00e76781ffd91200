import { busTopics } from '@allora/contracts/catalog';
import type { ForecastSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { CommittedBody, type ForecastSubmission } from '@allora/contracts/gen/allora/signing/v1/signing';
import { EpochPhase, Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { judgeForecast } from '@allora/protocol/ingest/submission-values';
import { addressText, nonceNumber, saltBytes, topicIdNumber } from '@allora/service-kit/form';
import type { SubmissionKind } from '@allora/submission-log/kind';
import { z } from 'zod';

const form = z.strictObject({
  topicId: topicIdNumber,
  nonce: nonceNumber,
  forecaster: addressText,
  elements: z.array(z.strictObject({ inferer: addressText, value: z.string() })).min(1),
  salt: saltBytes,
});

export const forecastSubmissions: SubmissionKind<ForecastSubmission, ForecastSet> = {
  service: 'forecast-ingest',
  schema: 'forecast_ingest',
  role: Role.WORKER,
  phases: { opened: EpochPhase.WORKER_WINDOW_OPENED, closed: EpochPhase.WORKER_WINDOW_CLOSED },
  log: busTopics.forecastSubmissions,
  sets: busTopics.forecastSets,
  form,
  read: ({ body }) => (body?.$case === 'forecast' ? body.value : undefined),
  wrap: (value) => ({ $case: 'forecast', value }),
  author: ({ forecaster }) => forecaster,
  judge: (submission, _params, limits) => judgeForecast(submission, limits),
  committedBody: CommittedBody.FORECAST,
  buildSet: (header, forecasts, shadowForecasts) => ({ ...header, forecasts, shadowForecasts }),
};
