import { SignedPayload, type SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { Account } from '@allora/identity/account';

/** Of a submission in a topic without a reveal window. */
export const noSalt = new Uint8Array();

/** What an author sends over gRPC. */
export function signBody(author: Account, chainId: string, body: SignedPayload['body']): SignedMessage {
  const payload = SignedPayload.encode({ chainId, body }).finish();
  return { payload, publicKey: author.publicKey, signature: author.sign(payload) };
}

/** The same as a JSON body: the fields but for the topic id, which is in the path, and the proof in hex. */
export function signedJson(author: Account, chainId: string, body: NonNullable<SignedPayload['body']>) {
  const { publicKey, signature } = signBody(author, chainId, body);
  const fields = Object.fromEntries(
    Object.entries({ ...body.value } as Record<string, unknown>)
      .filter(([name, value]) => name !== 'topicId' && !(value instanceof Uint8Array && value.length === 0))
      .map(([name, value]) => [
        name,
        value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
      ]),
  );
  return { ...fields, ...hexProof({ publicKey, signature }) };
}

export const hexProof = (proof: { publicKey: Uint8Array; signature: Uint8Array }) => ({
  publicKey: Buffer.from(proof.publicKey).toString('hex'),
  signature: Buffer.from(proof.signature).toString('hex'),
});
