import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesOfHex, hexOf } from './hex';
import { secp256k1 } from './secp256k1';

/** Lower-case `0x…` of the last 20 bytes of the Keccak-256 of both coordinates; throws for bytes that are no key. */
export function evmAddressOf(publicKey: Uint8Array): string {
  const point = secp256k1.pointOf(publicKey);
  if (!point) throw new RangeError('not a public key of secp256k1');
  return `0x${hexOf(keccak_256(point.subarray(1)).subarray(12))}`;
}

/** The 20 bytes of a `0x…` address; null for another form, or where mixed case is not the checksum of EIP-55. */
export function evmAddressBytes(text: string): Uint8Array | null {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return null;
  const digits = text.slice(2);
  const oneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  if (!oneCase && digits !== withChecksum(digits.toLowerCase())) return null;
  return bytesOfHex(digits);
}

function withChecksum(digits: string): string {
  const hash = hexOf(keccak_256(Buffer.from(digits, 'ascii')));
  return [...digits].map((digit, i) => (hash[i]! >= '8' ? digit.toUpperCase() : digit)).join('');
}
