import { hexOf } from '@allora/identity/hex';
import type { receipt } from '@allora/public-api/schemas/submission';
import type { z } from 'zod';
import type { SignedReceipt } from './receipt-signer';

/** A receipt as HTTP answers it: bytes are lower-case hex. */
export type ReceiptJson = z.output<typeof receipt>;

export function receiptJson(signed: SignedReceipt): ReceiptJson {
  const { publicKey, signature, index, path } = signed.proof;
  return {
    hash: signed.hash,
    topicId: signed.topicId,
    nonce: signed.nonce,
    author: signed.author,
    logPartition: signed.logPartition,
    logOffset: signed.logOffset,
    logIndex: signed.logIndex,
    acceptedAtMs: signed.acceptedAtMs,
    proof: { publicKey: hexOf(publicKey), signature: hexOf(signature), index, path: hexOf(path) },
  };
}
