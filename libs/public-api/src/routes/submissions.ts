import { hashPath } from '../forms';
import { route } from '../route';
import { submission } from '../schemas/submission';

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

export const submissionRoutes = [getSubmission];
