import { SubmissionState } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { Database, Statement } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import { numberArray, textArray } from '@allora/store/pg-array';
import type { LogTables } from './log-tables';
import type { SubmissionPosition } from './submission-position';

/** Who submits for what; the log lets one submission of it stand. */
export interface SubmissionKey {
  readonly topicId: number;
  readonly nonce: number;
  readonly author: string;
}

/** What a receipt says, before it is signed. */
export interface ReceiptFacts extends SubmissionKey {
  /** Hex. */
  readonly hash: string;
  readonly position: SubmissionPosition;
  readonly acceptedAtMs: number;
}

export interface FoundSubmission {
  readonly receipt: ReceiptFacts;
  readonly state: SubmissionState;
  /** Hash of the one that counts in its place. */
  readonly supersededBy: string;
}

interface ReceiptRow {
  readonly topic_id: bigint | string;
  readonly nonce: bigint | string;
  readonly author: string;
  readonly hash: string;
  readonly accepted_at_ms: bigint | string;
  readonly log_partition: number;
  readonly log_offset: bigint | string;
  readonly log_index: number;
}

interface FoundRow extends ReceiptRow {
  readonly standing: string | null;
  readonly late: boolean | null;
  readonly sealed: boolean;
}

/** All SQL on receipts, of values or of commitments. A submission's first row is what every replica answers with, however often it is asked. */
export class ReceiptsStore {
  private readonly receipts: Prisma.Sql;
  private readonly standing: Prisma.Sql;
  private readonly seals: Prisma.Sql;

  private readonly ofKeysStatement: Statement;
  private readonly settleStatement: Statement;

  constructor({ schema, standing, receipts, seals }: LogTables) {
    const table = (name: string) => Prisma.raw(`"${schema}"."${name}"`);
    this.receipts = table(receipts);
    this.standing = table(standing);
    this.seals = table(seals);
    this.ofKeysStatement = {
      name: `${schema}-${receipts}-of-keys`,
      text: `
        SELECT r.topic_id, r.nonce, r.author, encode(r.hash, 'hex') AS hash, r.accepted_at_ms,
               r.log_partition, r.log_offset, r.log_index
        FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS k(topic_id, nonce, author)
        JOIN "${schema}"."${receipts}" r USING (topic_id, nonce, author)`,
    };
    this.settleStatement = {
      name: `${schema}-settle-${receipts}`,
      text: `
        WITH settled AS (
          INSERT INTO "${schema}"."${receipts}"
            (topic_id, nonce, author, hash, accepted_at_ms, log_partition, log_offset, log_index)
          SELECT topic_id, nonce, author, substring($4::bytea FROM ((place - 1) * 32 + 1)::integer FOR 32) AS hash,
                 accepted_at_ms, log_partition, log_offset, log_index
          FROM unnest($1::bigint[], $2::bigint[], $3::text[], $5::bigint[], $6::integer[], $7::bigint[], $8::integer[])
               WITH ORDINALITY
               AS n(topic_id, nonce, author, accepted_at_ms, log_partition, log_offset, log_index, place)
          ORDER BY topic_id, nonce, author, hash, place
          ON CONFLICT DO NOTHING
          RETURNING 1)
        SELECT count(*)::integer AS count FROM settled`,
    };
  }

  /** What was answered for these keys before; a key can have several when its author equivocated. */
  async ofKeys(database: Database, keys: readonly SubmissionKey[]): Promise<ReceiptFacts[]> {
    const rows = await database.statement<ReceiptRow>(this.ofKeysStatement, [
      numberArray(keys.map(({ topicId }) => topicId)),
      numberArray(keys.map(({ nonce }) => nonce)),
      textArray(keys.map(({ author }) => author)),
    ]);
    return rows.map(toReceipt);
  }

  /**
   * Writes down what is about to be answered, and returns what is to be answered: where another replica, or the reader of the
   * log, was first with the same submission, theirs. Rows go in in one order everywhere, so that nobody waits in a circle.
   */
  async settle(database: Database, receipts: readonly ReceiptFacts[]): Promise<readonly ReceiptFacts[]> {
    const column = (value: (receipt: ReceiptFacts) => number) => numberArray(receipts.map(value));
    const written = await database.statement(this.settleStatement, [
      column(({ topicId }) => topicId),
      column(({ nonce }) => nonce),
      textArray(receipts.map(({ author }) => author)),
      Buffer.from(receipts.map(({ hash }) => hash).join(''), 'hex'),
      column(({ acceptedAtMs }) => acceptedAtMs),
      column(({ position }) => position.partition),
      column(({ position }) => position.offset),
      column(({ position }) => position.index),
    ]);
    if (written[0]?.['count'] === receipts.length) return receipts;
    const first = new Map((await this.ofKeys(database, receipts)).map((receipt) => [receipt.hash, receipt]));
    return receipts.map((receipt) => first.get(receipt.hash) ?? receipt);
  }

  async find({ prisma }: Database, hash: string): Promise<FoundSubmission | undefined> {
    const [row] = await prisma.$queryRaw<FoundRow[]>`
      SELECT r.topic_id, r.nonce, r.author, encode(r.hash, 'hex') AS hash, r.accepted_at_ms,
             r.log_partition, r.log_offset, r.log_index, encode(s.hash, 'hex') AS standing, s.late,
             EXISTS (SELECT FROM ${this.seals} z WHERE z.topic_id = r.topic_id AND z.nonce = r.nonce) AS sealed
      FROM ${this.receipts} r LEFT JOIN ${this.standing} s USING (topic_id, nonce, author)
      WHERE r.hash = decode(${hash}::text, 'hex')`;
    return row && { receipt: toReceipt(row), ...stateOf(row) };
  }
}

const toReceipt = (row: ReceiptRow): ReceiptFacts => ({
  topicId: Number(row.topic_id),
  nonce: Number(row.nonce),
  author: row.author,
  hash: row.hash,
  acceptedAtMs: Number(row.accepted_at_ms),
  position: { partition: row.log_partition, offset: Number(row.log_offset), index: row.log_index },
});

/** One that is not read back from the log yet is on it all the same; on which side of the seal is not known here. */
function stateOf({
  hash,
  standing,
  late,
  sealed,
}: FoundRow): Pick<FoundSubmission, 'state' | 'supersededBy'> {
  if (standing === null) return { state: SubmissionState.ACCEPTED, supersededBy: '' };
  if (standing !== hash) return { state: SubmissionState.SUPERSEDED, supersededBy: standing };
  if (late) return { state: SubmissionState.LATE, supersededBy: '' };
  return { state: sealed ? SubmissionState.IN_SET : SubmissionState.ACCEPTED, supersededBy: '' };
}
