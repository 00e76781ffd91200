import { RefusalError } from '@allora/contracts/errors';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { messageHash, provesAuthor } from '@allora/identity/signature';

export interface SignedCommand {
  readonly chainId: string;
  readonly author: string;
  readonly body: SignedPayload['body'];
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

/** Hash of the command's canonical bytes, hex, once the author is proven to have signed them; a refusal otherwise. */
export function provenHash({ chainId, author, body, publicKey, signature }: SignedCommand): string {
  const bytes = SignedPayload.encode({ chainId, body }).finish();
  if (!provesAuthor({ address: author, bytes, publicKey, signature })) {
    throw new RefusalError(
      'BAD_SIGNATURE',
      `the signature is not of the key of ${author} over the command's bytes`,
    );
  }
  return Buffer.from(messageHash(bytes)).toString('hex');
}
