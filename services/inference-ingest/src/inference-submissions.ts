import { busTopics } from '@allora/contracts/catalog';
import type { InferenceSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { CommittedBody, type InferenceSubmission } from '@allora/contracts/gen/allora/signing/v1/signing';
import { EpochPhase, Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { judgeInference } from '@allora/protocol/ingest/submission-values';
import { inferenceBody, inferenceFields } from '@allora/public-api/submission-forms';
import type { SubmissionKind } from '@allora/submission-log/kind';

export const inferenceSubmissions: SubmissionKind<InferenceSubmission, InferenceSet> = {
  service: 'inference-ingest',
  schema: 'inference_ingest',
  role: Role.WORKER,
  phases: { opened: EpochPhase.WORKER_WINDOW_OPENED, closed: EpochPhase.WORKER_WINDOW_CLOSED },
  log: busTopics.inferenceSubmissions,
  sets: busTopics.inferenceSets,
  form: inferenceFields,
  body: inferenceBody,
  read: ({ body }) => (body?.$case === 'inference' ? body.value : undefined),
  wrap: (value) => ({ $case: 'inference', value }),
  author: ({ inferer }) => inferer,
  judge: (submission, params) => judgeInference(submission, params),
  committedBody: CommittedBody.INFERENCE,
  buildSet: (header, inferences, shadowInferences) => ({ ...header, inferences, shadowInferences }),
};
