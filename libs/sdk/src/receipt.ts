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
  /** Until when it signs, or signed, with which of those; for ever unless given. */
  readonly otherKeys?: readonly OtherKey[];
}

/** A key that the network signs with at other times, in ISO form; null where there is no end. */
export interface OtherKey {
  readonly publicKey: string;
  readonly from: string | null;
  readonly until: string | null;
}

/**
 * Every key whose signature under what tells of that time is the network's, as bytes of their own form or not. With a key whose
 * time is over nothing of a later time was signed; what is older may be, by the key of a later day, so beginnings do not matter.
 */
export function keysOf(
  { networkPublicKey, receiptsVerifiableWith = [], otherKeys = [] }: NetworkIdentity,
  ofMs: number,
): string[] {
  const ended = otherKeys.filter(({ until }) => until !== null && Date.parse(until) < ofMs);
  const keys = new Set([networkPublicKey, ...receiptsVerifiableWith]);
  for (const { publicKey } of ended) if (publicKey !== networkPublicKey) keys.delete(publicKey);
  return [...keys];
}

/**
 * Whether the network signed this receipt: its leaf, the canonical bytes without the proof, leads along the path to the root
 * that the signature is over. It says nothing about whose submission the receipt is for: compare hash and author yourself.
 */
export function verifyReceipt(receipt: Receipt, network: NetworkIdentity): boolean {
  const { proof, ...statement } = receipt;
  const { publicKey } = proof ?? {};
  if (!proof || !publicKey || !keysOf(network, receipt.acceptedAtMs).includes(toHex(publicKey))) return false;
  const leaf = Receipt.encode(Receipt.fromPartial(statement)).finish();
  const root = merkleRoot(leaf, { index: proof.index, path: proof.path });
  if (!root) return false;
  const signed = payloadBytes(network.chainId, { $case: 'receiptRoot', value: { root } });
  return secp256k1.verify(publicKey, messageHash(signed), proof.signature);
}
