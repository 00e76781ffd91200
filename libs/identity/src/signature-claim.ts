/** That the owner of a key signed a digest; whose key it is stands elsewhere. */
export interface SignatureClaim {
  /** 33 bytes, compressed. */
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly digest: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

const KEY = 33;
const DIGEST = 32;
const SIGNATURE = 64;
const CLAIM = KEY + DIGEST + SIGNATURE;

/** Claims in one piece, cheap to hand to another thread; each must have its full length. */
export function packClaims(claims: readonly SignatureClaim[]): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(claims.length * CLAIM);
  claims.forEach(({ publicKey, digest, signature }, i) => {
    packed.set(publicKey, i * CLAIM);
    packed.set(digest, i * CLAIM + KEY);
    packed.set(signature, i * CLAIM + KEY + DIGEST);
  });
  return packed;
}

export function unpackClaims(packed: Uint8Array): SignatureClaim[] {
  return Array.from({ length: packed.length / CLAIM }, (_, i) => {
    const at = i * CLAIM;
    return {
      publicKey: packed.subarray(at, at + KEY),
      digest: packed.subarray(at + KEY, at + KEY + DIGEST),
      signature: packed.subarray(at + KEY + DIGEST, at + CLAIM),
    };
  });
}

export const isWhole = ({ publicKey, digest, signature }: SignatureClaim): boolean =>
  publicKey.length === KEY && digest.length === DIGEST && signature.length === SIGNATURE;
