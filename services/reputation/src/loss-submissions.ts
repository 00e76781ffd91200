import { busTopics } from '@allora/contracts/catalog';
import type { LossSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { LossSubmission } from '@allora/contracts/gen/allora/signing/v1/signing';
import { EpochPhase, Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { judgeLosses } from '@allora/protocol/ingest/submission-values';
import { lossBody, lossFields } from '@allora/public-api/submission-forms';
import type { SubmissionKind } from '@allora/submission-log/kind';

/** Reputers' losses as a kind of submission: taken while the reputer window of a nonce is open. */
export const lossSubmissions: SubmissionKind<LossSubmission, LossSet> = {
  service: 'reputation',
  schema: 'reputation',
  role: Role.REPUTER,
  phases: { opened: EpochPhase.REPUTER_WINDOW_OPENED, closed: EpochPhase.REPUTER_WINDOW_CLOSED },
  log: busTopics.lossSubmissions,
  sets: busTopics.lossSets,
  form: lossFields,
  body: lossBody,
  read: ({ body }) => (body?.$case === 'loss' ? body.value : undefined),
  wrap: (value) => ({ $case: 'loss', value }),
  author: ({ reputer }) => reputer,
  judge: (submission, _params, limits) => judgeLosses(submission, limits),
  buildSet: (header, losses) => ({ ...header, losses }),
};
