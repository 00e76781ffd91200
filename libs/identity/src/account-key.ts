import { addressOf } from './address';
import { BoundedMap } from './bounded-map';
import { secp256k1 } from './secp256k1';

/** A public key, ready for many checks. */
export interface AccountKey {
  readonly address: string;
  /** The key with both coordinates, 65 bytes: a check with it need not find the second one, a tenth of its cost. */
  readonly point: Uint8Array;
}

const REMEMBERED = 50_000;
const keys = new BoundedMap<string, AccountKey | null>(REMEMBERED);

/** Of a compressed public key, 33 bytes; null for bytes that are no key. The same accounts come back every epoch. */
export function accountKeyOf(publicKey: Uint8Array): AccountKey | null {
  if (publicKey.length !== 33) return null;
  const name = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString('latin1');
  return keys.getOrMake(name, () => {
    const point = secp256k1.pointOf(publicKey);
    return point && { address: addressOf(publicKey), point };
  });
}
