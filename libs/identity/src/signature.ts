import { hash } from 'node:crypto';
import { accountKeyOf } from './account-key';
import { secp256k1 } from './secp256k1';

/** SHA-256 of the signed bytes: names a submission everywhere. */
export const messageHash = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');

/** An account's signature over SHA-256 of the bytes; compact r || s, 64 bytes. */
export function signBytes(privateKey: Uint8Array, bytes: Uint8Array): Uint8Array {
  return secp256k1.sign(privateKey, messageHash(bytes));
}

/** Whether `publicKey` belongs to `address` and made `signature` over the bytes. */
export function provesAuthor(proof: {
  readonly address: string;
  readonly bytes: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}): boolean {
  const key = accountKeyOf(proof.publicKey);
  return (
    key?.address === proof.address && secp256k1.verify(key.point, messageHash(proof.bytes), proof.signature)
  );
}
