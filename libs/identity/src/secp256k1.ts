import { createRequire } from 'node:module';
import { sha256 } from '@noble/hashes/sha2.js';
import { hmac } from '@noble/hashes/hmac.js';
import * as noble from '@noble/secp256k1';

noble.hashes.sha256 = sha256;
noble.hashes.hmacSha256 = (key, message) => hmac(sha256, key, message);

export interface RecoverableSignature {
  /** Compact r || s. */
  readonly signature: Uint8Array;
  readonly recovery: number;
}

/** Signing over a 32-byte digest: deterministic (RFC 6979), compact r || s, low s; a high s does not verify. */
export interface Secp256k1 {
  readonly name: 'native' | 'pure';
  publicKeyOf(privateKey: Uint8Array): Uint8Array;
  sign(privateKey: Uint8Array, digest: Uint8Array): Uint8Array;
  /** The same signature, with which of the keys that fit it is the signer's: 0 or 1. */
  signRecoverable(privateKey: Uint8Array, digest: Uint8Array): RecoverableSignature;
  /** The key with both coordinates, 65 bytes; null, never an error, for bytes that are no key. */
  pointOf(publicKey: Uint8Array): Uint8Array | null;
  /** The key compressed, or with both coordinates. False, never an error, for keys and signatures of a wrong form. */
  verify(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean;
}

const isKeyLength = ({ length }: Uint8Array): boolean => length === 33 || length === 65;

export const pureSecp256k1: Secp256k1 = {
  name: 'pure',
  pointOf: (publicKey) => {
    try {
      return noble.Point.fromBytes(publicKey).toBytes(false);
    } catch {
      return null;
    }
  },
  publicKeyOf: (privateKey) => noble.getPublicKey(privateKey, true),
  sign: (privateKey, digest) => noble.sign(digest, privateKey, { prehash: false, lowS: true }),
  signRecoverable: (privateKey, digest) => {
    const signed = noble.sign(digest, privateKey, { prehash: false, lowS: true, format: 'recovered' });
    return { signature: signed.slice(1), recovery: signed[0]! };
  },
  verify: (publicKey, digest, signature) => {
    if (!isKeyLength(publicKey) || signature.length !== 64) return false;
    try {
      return noble.verify(signature, digest, publicKey, { prehash: false, lowS: true });
    } catch {
      return false;
    }
  },
};

interface NativeBinding {
  publicKeyCreate(privateKey: Uint8Array, compressed: boolean): Uint8Array;
  publicKeyConvert(publicKey: Uint8Array, compressed: boolean): Uint8Array;
  ecdsaSign(digest: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recid: number };
  ecdsaVerify(signature: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): boolean;
}

/** libsecp256k1 where its prebuilt binary loads; null elsewhere. About 60 times the speed of the pure one. */
export function loadNativeSecp256k1(): Secp256k1 | null {
  let binding: NativeBinding;
  try {
    // The package's own entry falls back to another pure implementation silently; its binding is asked for by name instead.
    binding = createRequire(import.meta.url)('secp256k1/bindings.js') as NativeBinding;
  } catch {
    return null;
  }
  return {
    name: 'native',
    pointOf: (publicKey) => {
      try {
        return binding.publicKeyConvert(publicKey, false);
      } catch {
        return null;
      }
    },
    publicKeyOf: (privateKey) => binding.publicKeyCreate(privateKey, true),
    sign: (privateKey, digest) => binding.ecdsaSign(digest, privateKey).signature,
    signRecoverable: (privateKey, digest) => {
      const { signature, recid } = binding.ecdsaSign(digest, privateKey);
      return { signature, recovery: recid };
    },
    verify: (publicKey, digest, signature) => {
      if (!isKeyLength(publicKey) || signature.length !== 64) return false;
      try {
        return binding.ecdsaVerify(signature, digest, publicKey);
      } catch {
        return false;
      }
    },
  };
}

export const secp256k1: Secp256k1 = loadNativeSecp256k1() ?? pureSecp256k1;
