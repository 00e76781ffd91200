import { CommittedBody } from '@allora/contracts/gen/allora/signing/v1/signing';
import { SUBMISSION_REFUSALS, type SubmissionRefusal } from '@allora/protocol/ingest/verdict';
import { hashPath, topicPath } from '../forms';
import { route, type RouteShape } from '../route';
import { bulkAnswer, receipt, submission } from '../schemas/submission';
import { bulkBody, commitmentForms, forecastBody, inferenceBody, lossBody } from '../submission-forms';

const taken = { method: 'POST', tags: ['submissions'], params: topicPath } as const;
const takenAlone = {
  ...taken,
  description: 'The same signed bytes again get the first receipt, also after the window has closed.',
  answers: { 202: receipt },
} as const;
const takenInBulk = {
  ...taken,
  description: 'Each item is answered as if it had come alone, with a receipt or a problem.',
  answers: { 200: bulkAnswer },
  refusals: [],
} as const;

const allBut = (...codes: readonly SubmissionRefusal[]) =>
  SUBMISSION_REFUSALS.filter((code) => !codes.includes(code));
const ofCommitments = allBut(
  ...(['NO_COMMITMENT', 'VALUE_NOT_ALLOWED', 'DUPLICATE_ELEMENT', 'TOO_MANY_ELEMENTS'] as const),
);

export const submitInference = route({
  ...takenAlone,
  id: 'submitInference',
  path: '/v1/topics/{id}/inferences',
  summary: "Submits a worker's inference",
  body: inferenceBody,
  refusals: allBut('DUPLICATE_ELEMENT', 'TOO_MANY_ELEMENTS'),
  servedBy: 'inference-ingest',
});

export const submitInferences = route({
  ...takenInBulk,
  id: 'submitInferences',
  path: '/v1/topics/{id}/inferences/bulk',
  summary: 'Submits inferences of several workers at once',
  body: bulkBody('InferencesBody', 'InferenceBody'),
  servedBy: 'inference-ingest',
});

export const commitInference = route({
  ...takenAlone,
  id: 'commitInference',
  path: '/v1/topics/{id}/inferences/commitments',
  summary: 'Commits a worker to an inference that it reveals later',
  body: commitmentForms[CommittedBody.INFERENCE].body,
  refusals: ofCommitments,
  servedBy: 'inference-ingest',
});

export const submitForecast = route({
  ...takenAlone,
  id: 'submitForecast',
  path: '/v1/topics/{id}/forecasts',
  summary: "Submits a worker's forecast of others' losses",
  body: forecastBody,
  refusals: SUBMISSION_REFUSALS,
  servedBy: 'forecast-ingest',
});

export const submitForecasts = route({
  ...takenInBulk,
  id: 'submitForecasts',
  path: '/v1/topics/{id}/forecasts/bulk',
  summary: 'Submits forecasts of several workers at once',
  body: bulkBody('ForecastsBody', 'ForecastBody'),
  servedBy: 'forecast-ingest',
});

export const commitForecast = route({
  ...takenAlone,
  id: 'commitForecast',
  path: '/v1/topics/{id}/forecasts/commitments',
  summary: 'Commits a worker to a forecast that it reveals later',
  body: commitmentForms[CommittedBody.FORECAST].body,
  refusals: ofCommitments,
  servedBy: 'forecast-ingest',
});

export const submitLosses = route({
  ...takenAlone,
  id: 'submitLosses',
  path: '/v1/topics/{id}/losses',
  summary: "Submits a reputer's losses",
  body: lossBody,
  refusals: allBut('NO_COMMITMENT'),
  servedBy: 'reputation',
});

export const submitLossBundles = route({
  ...takenInBulk,
  id: 'submitLossBundles',
  path: '/v1/topics/{id}/losses/bulk',
  summary: 'Submits losses of several reputers at once',
  body: bulkBody('LossesBody', 'LossBody'),
  servedBy: 'reputation',
});

export const getSubmission = route({
  id: 'getSubmission',
  method: 'GET',
  path: '/v1/submissions/{hash}',
  summary: 'How far a submission has come, of any kind',
  tags: ['submissions'],
  params: hashPath,
  answers: { 200: submission },
  refusals: ['UNKNOWN_SUBMISSION'],
  scope: 'read',
});

export const submissionRoutes: readonly RouteShape[] = [
  ...[submitInference, submitInferences, commitInference],
  ...[submitForecast, submitForecasts, commitForecast],
  ...[submitLosses, submitLossBundles],
  getSubmission,
];
