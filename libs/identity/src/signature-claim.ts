/** That the owner of a key signed a digest; whose key it is stands elsewhere. */
export interface SignatureClaim {
  /** With both coordinates, 65 bytes. */
  readonly point: Uint8Array;
  /** 32 bytes. */
  readonly digest: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

const POINT = 65;
const DIGEST = 32;
const SIGNATURE = 64;
const CLAIM = POINT + DIGEST + SIGNATURE;

/** Claims in one piece, cheap to hand to another thread; each must have its full length. */
export function packClaims(claims: readonly SignatureClaim[]): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(claims.length * CLAIM);
  claims.forEach(({ point, digest, signature }, i) => {
    packed.set(point, i * CLAIM);
    packed.set(digest, i * CLAIM + POINT);
    packed.set(signature, i * CLAIM + POINT + DIGEST);
  });
  return packed;
}

export function unpackClaims(packed: Uint8Array): SignatureClaim[] {
  return Array.from({ length: packed.length / CLAIM }, (_, i) => {
    const at = i * CLAIM;
    return {
      point: packed.subarray(at, at + POINT),
      digest: packed.subarray(at + POINT, at + POINT + DIGEST),
      signature: packed.subarray(at + POINT + DIGEST, at + CLAIM),
    };
  });
}

export const isWhole = ({ point, digest, signature }: SignatureClaim): boolean =>
  point.length === POINT && digest.length === DIGEST && signature.length === SIGNATURE;
