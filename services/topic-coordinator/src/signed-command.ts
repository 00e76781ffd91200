import { hexOf } from '@allora/identity/hex';
import { RefusalError } from '@allora/contracts/errors';
import { type SignedMessage, SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { messageHash, provesAuthor } from '@allora/identity/signature';

export interface SignedCommand {
  readonly chainId: string;
  readonly author: string;
  readonly body: SignedPayload['body'];
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

export interface ProvenCommand {
  /** Of the canonical bytes, hex. */
  readonly hash: string;
  /** For whoever has to see the proof too. */
  readonly signed: SignedMessage;
}

/** The command as its author signed it; a refusal when it did not. */
export function proven({ chainId, author, body, publicKey, signature }: SignedCommand): ProvenCommand {
  const payload = SignedPayload.encode({ chainId, body }).finish();
  if (!provesAuthor({ address: author, bytes: payload, publicKey, signature })) {
    throw new RefusalError(
      'BAD_SIGNATURE',
      `the signature is not of the key of ${author} over the command's bytes`,
    );
  }
  const hash = hexOf(messageHash(payload));
  return { hash, signed: { payload, publicKey, signature } };
}
