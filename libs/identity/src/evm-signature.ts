import { concatBytes } from '@noble/hashes/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import * as noble from '@noble/secp256k1';
import { evmAddressOf } from './evm-address';
import { hexOf } from './hex';
import { secp256k1 } from './secp256k1';

const V_OFFSET = 27;
const HALF_ORDER = noble.Point.CURVE().n >> 1n;

/** What a wallet signs for a 32-byte message: EIP-191 keeps it apart from a transaction. */
export const personalDigest = (message: Uint8Array): Uint8Array =>
  keccak_256(concatBytes(Buffer.from('\x19Ethereum Signed Message:\n32', 'latin1'), message));

/** r || s || v, 65 bytes: v is 27 or 28, s is low, the nonce follows RFC 6979. */
export function signEvmDigest(privateKey: Uint8Array, digest: Uint8Array): Uint8Array {
  const { signature, recovery } = secp256k1.signRecoverable(privateKey, digest);
  return concatBytes(signature, Uint8Array.of(V_OFFSET + recovery));
}

/** The address whose key made the signature, as a contract finds it; null for what a strict one refuses. */
export function recoverEvmSigner(digest: Uint8Array, signature: Uint8Array): string | null {
  const v = signature[64];
  if (signature.length !== 65 || (v !== V_OFFSET && v !== V_OFFSET + 1)) return null;
  const compact = signature.subarray(0, 64);
  if (BigInt(`0x${hexOf(compact.subarray(32))}`) > HALF_ORDER) return null;
  try {
    const recovered = concatBytes(Uint8Array.of(v - V_OFFSET), compact);
    return evmAddressOf(noble.recoverPublicKey(recovered, digest, { prehash: false }));
  } catch {
    return null;
  }
}
