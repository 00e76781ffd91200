import type { SubmissionGroup, SubmissionRecord } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { Submission } from './kind';
import type { Pending } from './pending';

const RECORD_BYTES = 262_144;

/** By topic, which is the key of the log, and in the order of the group. */
export function recordsOf<P extends Submission>(accepted: readonly Pending<P>[]): Pending<P>[][] {
  const records: Pending<P>[][] = [];
  const filling = new Map<number, { record: Pending<P>[]; bytes: number }>();
  for (const pending of accepted) {
    const { topicId } = pending.key;
    const bytes = pending.candidate.signed.payload.length;
    const present = filling.get(topicId);
    if (present && present.bytes + bytes <= RECORD_BYTES) {
      present.record.push(pending);
      present.bytes += bytes;
    } else {
      const record = [pending];
      filling.set(topicId, { record, bytes });
      records.push(record);
    }
  }
  return records;
}

export function toRecord<P extends Submission>(
  body: 'VALUE' | 'COMMITMENT',
  record: readonly Pending<P>[],
  acceptedAtMs: number,
): SubmissionRecord {
  if (body === 'COMMITMENT')
    return { record: { $case: 'commitments', value: toGroup(record, acceptedAtMs) } };
  if (record.length > 1) return { record: { $case: 'group', value: toGroup(record, acceptedAtMs) } };
  const { key, digest, candidate } = record[0]!;
  const { topicId, nonce, author } = key;
  const value = { topicId, nonce, author, hash: digest, signed: candidate.signed, acceptedAtMs };
  return { record: { $case: 'submission', value } };
}

const toGroup = <P extends Submission>(
  record: readonly Pending<P>[],
  acceptedAtMs: number,
): SubmissionGroup => ({
  topicId: record[0]!.key.topicId,
  acceptedAtMs,
  nonces: record.map(({ key }) => key.nonce),
  authors: record.map(({ key }) => key.author),
  hashes: Buffer.concat(record.map(({ digest }) => digest)),
  payloads: record.map(({ candidate }) => candidate.signed.payload),
  publicKeys: Buffer.concat(record.map(({ candidate }) => candidate.signed.publicKey)),
  signatures: Buffer.concat(record.map(({ candidate }) => candidate.signed.signature)),
});
