import { busTopics } from '@allora/contracts/catalog';
import type { LossSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { LossSubmission } from '@allora/contracts/gen/allora/signing/v1/signing';
import { EpochPhase, Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { judgeLosses } from '@allora/protocol/ingest/submission-values';
import { addressText, nonceNumber, topicIdNumber } from '@allora/service-kit/form';
import type { SubmissionKind } from '@allora/submission-log/kind';
import { z } from 'zod';

const workerLosses = z.array(z.strictObject({ worker: addressText, value: z.string() }));

/** Reputers' losses as a kind of submission: taken while the reputer window of a nonce is open. */
export const lossSubmissions: SubmissionKind<LossSubmission, LossSet> = {
  service: 'reputation',
  schema: 'reputation',
  role: Role.REPUTER,
  phases: { opened: EpochPhase.REPUTER_WINDOW_OPENED, closed: EpochPhase.REPUTER_WINDOW_CLOSED },
  log: busTopics.lossSubmissions,
  sets: busTopics.lossSets,
  form: z.strictObject({
    topicId: topicIdNumber,
    nonce: nonceNumber,
    reputer: addressText,
    combined: z.string(),
    naive: z.string(),
    inferers: workerLosses,
    forecasters: workerLosses,
    oneOutInferers: workerLosses,
    oneOutForecasters: workerLosses,
    oneInForecasters: workerLosses,
    oneOutInfererForecasters: z.array(
      z.strictObject({ forecaster: addressText, oneOutInferers: workerLosses }),
    ),
  }),
  read: ({ body }) => (body?.$case === 'loss' ? body.value : undefined),
  wrap: (value) => ({ $case: 'loss', value }),
  author: ({ reputer }) => reputer,
  judge: (submission, _params, limits) => judgeLosses(submission, limits),
  buildSet: (header, losses) => ({ ...header, losses }),
};
