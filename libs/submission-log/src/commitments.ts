import {
  SignedPayload,
  type CommittedBody,
  type Commitment,
} from '@allora/contracts/gen/allora/signing/v1/signing';
import { ACCEPTED } from '@allora/protocol/ingest/verdict';
import { addressText, hashBytes, nonceNumber, topicIdNumber } from '@allora/service-kit/form';
import { z } from 'zod';
import type { DoorKind } from './kind';

/** Commitments to the values of a kind pass a door of their own, onto the same log. JSON need not say which values: its path does. */
export const commitmentsTo = (
  { log }: Pick<DoorKind<never>, 'log'>,
  committedBody: CommittedBody,
): DoorKind<Commitment> => ({
  log,
  form: z.strictObject({
    topicId: topicIdNumber,
    nonce: nonceNumber,
    worker: addressText,
    hash: hashBytes,
    body: z.literal(committedBody).default(committedBody),
  }),
  read: ({ body }) => (body?.$case === 'commitment' ? body.value : undefined),
  wrap: (value) => ({ $case: 'commitment', value }),
  author: ({ worker }) => worker,
  judge: () => ACCEPTED,
  committedBody,
});

/** What a commitment that stands on our own log binds its author to. */
export function committedHash(payload: Uint8Array): Uint8Array {
  const { body } = SignedPayload.decode(payload);
  if (body?.$case !== 'commitment') throw new Error('a record of commitments holds something else');
  return body.value.hash;
}
