import { sha256 } from '@noble/hashes/sha2.js';
import { addressOf } from './address';
import { secp256k1 } from './secp256k1';

/** SHA-256 of the signed bytes: names a submission everywhere. */
export const messageHash = (bytes: Uint8Array): Uint8Array => sha256(bytes);

/** An account's signature over SHA-256 of the bytes; compact r || s, 64 bytes. */
export function signBytes(privateKey: Uint8Array, bytes: Uint8Array): Uint8Array {
  return secp256k1.sign(privateKey, sha256(bytes));
}

/** Whether `publicKey` belongs to `address` and made `signature` over the bytes. */
export function provesAuthor(proof: {
  readonly address: string;
  readonly bytes: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}): boolean {
  return (
    proof.publicKey.length === 33 &&
    addressOf(proof.publicKey) === proof.address &&
    secp256k1.verify(proof.publicKey, sha256(proof.bytes), proof.signature)
  );
}
