import { SignedPayload, type Commitment } from '@allora/contracts/gen/allora/signing/v1/signing';
import { ACCEPTED } from '@allora/protocol/ingest/verdict';
import { commitmentForms } from '@allora/public-api/submission-forms';
import type { DoorKind } from './kind';

/** Commitments to the values of a kind pass a door of their own, onto the same log. */
export const commitmentsTo = (
  { log }: Pick<DoorKind<never>, 'log'>,
  committedBody: NonNullable<DoorKind<never>['committedBody']>,
): DoorKind<Commitment> => ({
  log,
  form: commitmentForms[committedBody].fields,
  body: commitmentForms[committedBody].body,
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
