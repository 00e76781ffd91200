import { hexOf } from '@allora/identity/hex';
import {
  type GetSubmissionResponse,
  submissionKindToJSON,
  submissionStandingToJSON,
} from '@allora/contracts/gen/allora/gateway/v1/gateway';
import type { Receipt, ReceiptProof } from '@allora/contracts/gen/allora/ingest/v1/ingest';

/** The body of GET /v1/submissions/:hash. */
export function submissionView(hash: string, submission: GetSubmissionResponse) {
  const { kind, receipt, standing, supersededBy, reason, dropped, droppedCount } = submission;
  return {
    hash,
    kind: plainName(submissionKindToJSON(kind), 'SUBMISSION_KIND_'),
    ...(receipt ? placeOf(receipt) : {}),
    state: plainName(submissionStandingToJSON(standing), 'SUBMISSION_STANDING_'),
    supersededBy: supersededBy || null,
    reason: reason || null,
    rank: submission.rank ?? null,
    emaScore: submission.emaScore ?? null,
    activeLimit: submission.activeLimit ?? null,
    dropped,
    droppedCount,
  };
}

const plainName = (name: string, prefix: string): string => name.slice(prefix.length).toLowerCase();

function placeOf({ topicId, nonce, author, logPartition, logOffset, logIndex, ...rest }: Receipt) {
  const { acceptedAtMs, proof } = rest;
  return {
    topicId,
    nonce,
    author,
    position: { partition: logPartition, offset: logOffset, index: logIndex },
    acceptedAtMs,
    proof: proof ? proofView(proof) : null,
  };
}

const proofView = ({ publicKey, signature, index, path }: ReceiptProof) => ({
  publicKey: hexOf(publicKey),
  signature: hexOf(signature),
  index,
  path: hexOf(path),
});
