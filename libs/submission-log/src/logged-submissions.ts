import type { LogPosition } from '@allora/bus/transport';
import type { AcceptedSubmission, SubmissionGroup } from '@allora/contracts/gen/allora/ingest/v1/ingest';

const HASH_BYTES = 32;

/** Submissions of one topic as they stand on its log, by column: so they go into the table, hundreds at a time. */
export class LoggedSubmissions {
  readonly nonces: number[] = [];
  readonly authors: string[] = [];
  readonly acceptedAtMs: number[] = [];
  readonly offsets: number[] = [];
  readonly indexes: number[] = [];
  readonly lengths: number[] = [];
  /** Where each payload begins in `payloads`. */
  readonly starts: number[] = [];
  private readonly hashParts: Uint8Array[] = [];
  private readonly payloadParts: Uint8Array[] = [];
  private payloadBytes = 0;

  /** The key of the log is the topic: what is read together is of one topic, on one partition. */
  constructor(
    readonly topicId: number,
    readonly partition: number,
  ) {}

  get count(): number {
    return this.nonces.length;
  }

  /** SHA-256 of each payload, in one piece. */
  get hashes(): Uint8Array {
    return Buffer.concat(this.hashParts);
  }

  get payloads(): Uint8Array {
    return Buffer.concat(this.payloadParts);
  }

  addOne(submission: AcceptedSubmission, { offset }: LogPosition): void {
    if (submission.hash.length !== HASH_BYTES) throw new Error('a submission on the log has no SHA-256');
    this.hashParts.push(submission.hash);
    this.add(submission, { offset, index: 0 }, submission.signed?.payload ?? new Uint8Array());
  }

  addGroup(
    { hashes, nonces, authors, payloads, acceptedAtMs }: SubmissionGroup,
    { offset }: LogPosition,
  ): void {
    const count = payloads.length;
    if (nonces.length !== count || authors.length !== count || hashes.length !== count * HASH_BYTES)
      throw new Error('a group on the log has columns of different lengths');
    this.hashParts.push(hashes);
    for (let index = 0; index < count; index++) {
      const submission = { nonce: nonces[index]!, author: authors[index]!, acceptedAtMs };
      this.add(submission, { offset, index }, payloads[index]!);
    }
  }

  private add(
    submission: Pick<AcceptedSubmission, 'nonce' | 'author' | 'acceptedAtMs'>,
    place: { readonly offset: number; readonly index: number },
    payload: Uint8Array,
  ): void {
    this.nonces.push(submission.nonce);
    this.authors.push(submission.author);
    this.acceptedAtMs.push(submission.acceptedAtMs);
    this.offsets.push(place.offset);
    this.indexes.push(place.index);
    this.starts.push(this.payloadBytes);
    this.lengths.push(payload.length);
    this.payloadParts.push(payload);
    this.payloadBytes += payload.length;
  }
}
