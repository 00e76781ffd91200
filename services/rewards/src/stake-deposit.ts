import { RefusalError } from '@allora/contracts/errors';
import {
  SignedPayload,
  type SignedMessage,
  type StakeDeposit,
} from '@allora/contracts/gen/allora/signing/v1/signing';
import { provesAuthor } from '@allora/identity/signature';
import { addressText } from '@allora/service-kit/form';
import { z } from 'zod';

export const amountText = z.string().regex(/^[1-9]\d{0,37}$/, 'expected a whole number of uallo above zero');
/** Becomes part of a ledger key. */
export const requestIdText = z
  .string()
  .regex(/^[\w.-]{1,64}$/, 'expected 1 to 64 letters, digits, dots, dashes or underscores');

const depositFields = z.object({
  topicId: z.number().int().positive(),
  reputer: addressText,
  amountUallo: amountText,
  requestId: requestIdText,
});

/** The deposit that the message proves its reputer wants on this chain. */
export function readStakeDeposit(signed: SignedMessage, chainId: string): StakeDeposit {
  const payload = decodePayload(signed.payload);
  if (payload?.body?.$case !== 'stakeDeposit') {
    throw new RefusalError('MALFORMED', 'the payload is not the canonical form of a stake deposit');
  }
  const checked = depositFields.safeParse(payload.body.value);
  if (!checked.success) {
    const errors = checked.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    throw new RefusalError('MALFORMED', 'the stake deposit has fields of another form', { errors });
  }
  const { payload: bytes, publicKey, signature } = signed;
  const proven = provesAuthor({ address: checked.data.reputer, bytes, publicKey, signature });
  if (payload.chainId !== chainId || !proven) {
    throw new RefusalError(
      'BAD_SIGNATURE',
      `the signature is not ${checked.data.reputer}'s for chain ${chainId}`,
    );
  }
  return checked.data;
}

/** Undefined for bytes that are no payload, or not its canonical form: one meaning, one signature. */
function decodePayload(bytes: Uint8Array): SignedPayload | undefined {
  try {
    const payload = SignedPayload.decode(bytes);
    return Buffer.compare(SignedPayload.encode(payload).finish(), bytes) === 0 ? payload : undefined;
  } catch {
    return undefined;
  }
}
