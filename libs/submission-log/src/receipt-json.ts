import { hexOf } from '@allora/identity/hex';
import type { SignedReceipt } from './receipt-signer';

/** A receipt as HTTP answers it: bytes are lower-case hex. */
export interface ReceiptJson {
  readonly hash: string;
  readonly topicId: number;
  readonly nonce: number;
  readonly author: string;
  readonly logPartition: number;
  readonly logOffset: number;
  readonly logIndex: number;
  readonly acceptedAtMs: number;
  readonly proof: {
    readonly publicKey: string;
    readonly signature: string;
    readonly index: number;
    readonly path: string;
  };
}

export function receiptJson(receipt: SignedReceipt): ReceiptJson {
  const { publicKey, signature, index, path } = receipt.proof;
  return {
    hash: receipt.hash,
    topicId: receipt.topicId,
    nonce: receipt.nonce,
    author: receipt.author,
    logPartition: receipt.logPartition,
    logOffset: receipt.logOffset,
    logIndex: receipt.logIndex,
    acceptedAtMs: receipt.acceptedAtMs,
    proof: { publicKey: hexOf(publicKey), signature: hexOf(signature), index, path: hexOf(path) },
  };
}
