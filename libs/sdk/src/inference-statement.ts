import { InferenceStatement, SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { secp256k1 } from '@allora/identity/secp256k1';
import { messageHash } from '@allora/identity/signature';
import { fromHex, toHex } from './hex';
import { keysOf, type NetworkIdentity } from './receipt';

/** An inference as the network signed it for a buyer, in lower-case hex: of the gateway, or of whoever was handed it on. */
export interface SignedStatement {
  /** Canonical bytes of the statement. */
  readonly payload: string;
  readonly signature: string;
}

/** What the network has said; amounts and values are decimal text. */
export interface VerifiedInference extends Omit<InferenceStatement, 'requestHash'> {
  /** SHA-256 of the request that it answers, lower-case hex: the id of the purchase. */
  readonly requestHash: string;
}

/**
 * What the network stated, or undefined when it did not: the bytes must be the canonical form of an inference statement of this
 * chain, signed by the key of the network that you know. Whom it was stated to stands in it; compare `requestHash` with your own.
 */
export function verifyInferenceStatement(
  { payload, signature }: SignedStatement,
  network: NetworkIdentity,
): VerifiedInference | undefined {
  const bytes = bytesOf(payload);
  const proof = bytesOf(signature);
  if (!bytes || proof?.length !== 64) return undefined;
  const signed = decoded(bytes);
  if (signed?.chainId !== network.chainId || signed.body?.$case !== 'inferenceStatement') return undefined;
  const { requestHash, ...statement } = signed.body.value;
  const keys = keysOf(network, statement.producedAtMs).flatMap((key) => bytesOf(key) ?? []);
  const isNetworks = keys.some(
    (key) => key.length === 33 && secp256k1.verify(key, messageHash(bytes), proof),
  );
  if (!isNetworks) return undefined;
  return { ...statement, requestHash: toHex(requestHash) };
}

const bytesOf = (hex: string): Uint8Array | undefined =>
  typeof hex === 'string' && /^([0-9a-f]{2})*$/.test(hex) ? fromHex(hex) : undefined;

function decoded(bytes: Uint8Array): SignedPayload | undefined {
  try {
    const payload = SignedPayload.decode(bytes);
    return Buffer.compare(SignedPayload.encode(payload).finish(), bytes) === 0 ? payload : undefined;
  } catch {
    return undefined;
  }
}
