import { encodeMessage } from '@allora/contracts/encode';
import { Receipt, type ReceiptProof } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { merkleTree } from '@allora/identity/merkle';
import type { NetworkKey } from '@allora/service-kit/network-key';
import type { ReceiptFacts } from './receipts.store';

/** A signature costs as much as everything else about a receipt: one stands for so many, with a path of six steps. */
const RECEIPTS_A_SIGNATURE = 64;

export type SignedReceipt = Receipt & { readonly proof: ReceiptProof };

export function signReceipts(key: NetworkKey, receipts: readonly ReceiptFacts[]): SignedReceipt[] {
  const signed: SignedReceipt[] = [];
  for (let from = 0; from < receipts.length; from += RECEIPTS_A_SIGNATURE) {
    const group = receipts.slice(from, from + RECEIPTS_A_SIGNATURE);
    const statements = group.map(toStatement);
    const tree = merkleTree(statements.map((statement) => encodeMessage(Receipt, statement)));
    const { publicKey } = key;
    const signature = key.signReceiptRoot(tree.root);
    statements.forEach((statement, index) => {
      statement.proof = { publicKey, signature, index, path: tree.path(index) };
      signed.push(statement as SignedReceipt);
    });
  }
  return signed;
}

/** What is signed is a receipt without its proof. */
const toStatement = (facts: ReceiptFacts): Receipt => ({
  hash: facts.hash,
  topicId: facts.topicId,
  nonce: facts.nonce,
  author: facts.author,
  logPartition: facts.position.partition,
  logOffset: facts.position.offset,
  logIndex: facts.position.index,
  acceptedAtMs: facts.acceptedAtMs,
  proof: undefined,
});
