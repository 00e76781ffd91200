import { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { merkleRoot } from '@allora/identity/merkle';
import { secp256k1 } from '@allora/identity/secp256k1';
import { messageHash } from '@allora/identity/signature';
import { toHex } from './hex';
import { payloadBytes } from './signing';

export interface NetworkIdentity {
  readonly chainId: string;
  /** Compressed, hex: of `client.network()`, kept from an earlier day or learnt by another way. */
  readonly networkPublicKey: string;
  /** Those that it signs with at other times, as the network tells them itself; none unless given. */
  readonly receiptsVerifiableWith?: readonly string[];
}

/** Every key whose signature is the network's, as bytes of their own form or not. */
export const keysOf = ({ networkPublicKey, receiptsVerifiableWith = [] }: NetworkIdentity): string[] => [
  ...new Set([networkPublicKey, ...receiptsVerifiableWith]),
];

/**
 * Whether the network signed this receipt: its leaf, the canonical bytes without the proof, leads along the path to the root
 * that the signature is over. It says nothing about whose submission the receipt is for: compare hash and author yourself.
 */
export function verifyReceipt(receipt: Receipt, network: NetworkIdentity): boolean {
  const { proof, ...statement } = receipt;
  const { publicKey } = proof ?? {};
  if (!proof || !publicKey || !keysOf(network).includes(toHex(publicKey))) return false;
  const leaf = Receipt.encode(Receipt.fromPartial(statement)).finish();
  const root = merkleRoot(leaf, { index: proof.index, path: proof.path });
  if (!root) return false;
  const signed = payloadBytes(network.chainId, { $case: 'receiptRoot', value: { root } });
  return secp256k1.verify(publicKey, messageHash(signed), proof.signature);
}
