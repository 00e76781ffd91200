import { hash } from 'node:crypto';
import { addressOf } from './address';
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
  return (
    isKeyOf(proof.publicKey, proof.address) &&
    secp256k1.verify(proof.publicKey, messageHash(proof.bytes), proof.signature)
  );
}

export const isKeyOf = (publicKey: Uint8Array, address: string): boolean =>
  publicKey.length === 33 && addressOf(publicKey) === address;
