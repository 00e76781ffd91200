import { randomBytes } from 'node:crypto';
import { addressOf } from './address';
import { secp256k1 } from './secp256k1';
import { signBytes } from './signature';

/** A key that signs, and the address it signs for. The private key stays in the closure and is never shown. */
export interface Account {
  readonly address: string;
  readonly publicKey: Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
}

/** @param privateKey 32 bytes, 0 < key < group order; anything else throws. */
export function accountFromKey(privateKey: Uint8Array): Account {
  const publicKey = secp256k1.publicKeyOf(privateKey);
  return { address: addressOf(publicKey), publicKey, sign: (bytes) => signBytes(privateKey, bytes) };
}

export const createAccount = (): Account => accountFromKey(randomBytes(32));
