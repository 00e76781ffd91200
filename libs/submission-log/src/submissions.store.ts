import type { Seal } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { LogPosition } from '@allora/bus/transport';
import type { Database, Tx } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import { numberArray, textArray } from '@allora/store/pg-array';
import type { LogTables } from './log-tables';
import type { LoggedSubmissions } from './logged-submissions';
import type { SubmissionKey } from './receipts.store';

interface PayloadRow {
  readonly topic_id: bigint;
  readonly nonce: bigint;
  readonly author: string;
  readonly payload: Uint8Array;
}

/** What a seal of values and one of commitments have in common. */
type SealFact = Pick<Seal, 'topicId' | 'nonce' | 'closedHeight'>;

/** All SQL on what stands, values or commitments, and on seals. Log order decides; only the reader of the log writes here. */
export class SubmissionsStore {
  private readonly standing: Prisma.Sql;
  private readonly receipts: Prisma.Sql;
  private readonly seals: Prisma.Sql;

  constructor({ schema, standing, receipts, seals }: LogTables) {
    const table = (name: string) => Prisma.raw(`"${schema}"."${name}"`);
    this.standing = table(standing);
    this.receipts = table(receipts);
    this.seals = table(seals);
  }

  /**
   * Writes submissions in log order: the first of an author stands, whatever follows for the same nonce is dropped. Those of a
   * sealed nonce are marked late. Receipts are written for all of them, as their door may have broken down before it did.
   * Returns how many of the new ones are late.
   */
  async add(tx: Tx, logged: LoggedSubmissions): Promise<{ late: number }> {
    if (logged.count === 0) return { late: 0 };
    const [counted] = await tx.$queryRaw<{ late: number }[]>`
      WITH logged AS (
        SELECT ${String(logged.topicId)}::bigint AS topic_id, n.nonce, n.author,
               substring(${logged.hashes}::bytea FROM ((n.place - 1) * 32 + 1)::integer FOR 32) AS hash,
               substring(${logged.payloads}::bytea FROM n.starts + 1 FOR n.length) AS payload,
               n.accepted_at_ms, ${logged.partition}::integer AS log_partition, n.log_offset, n.log_index, n.place
        FROM unnest(${numberArray(logged.nonces)}::bigint[],
                    ${textArray(logged.authors)}::text[],
                    ${numberArray(logged.starts)}::integer[],
                    ${numberArray(logged.lengths)}::integer[],
                    ${numberArray(logged.acceptedAtMs)}::bigint[],
                    ${numberArray(logged.offsets)}::bigint[],
                    ${numberArray(logged.indexes)}::integer[])
             WITH ORDINALITY AS n(nonce, author, starts, length, accepted_at_ms, log_offset, log_index, place)),
      answered AS (
        INSERT INTO ${this.receipts} (topic_id, nonce, author, hash, accepted_at_ms, log_partition, log_offset, log_index)
        SELECT topic_id, nonce, author, hash, accepted_at_ms, log_partition, log_offset, log_index
        FROM logged ORDER BY nonce, author, hash, place
        ON CONFLICT DO NOTHING),
      added AS (
        INSERT INTO ${this.standing} (topic_id, nonce, author, hash, payload, accepted_at_ms,
                                         log_partition, log_offset, log_index, late)
        SELECT n.topic_id, n.nonce, n.author, n.hash, n.payload, n.accepted_at_ms, n.log_partition, n.log_offset, n.log_index,
               EXISTS (SELECT FROM ${this.seals} z WHERE z.topic_id = n.topic_id AND z.nonce = n.nonce)
        FROM logged n ORDER BY n.place
        ON CONFLICT (topic_id, nonce, author) DO NOTHING
        RETURNING late)
      SELECT count(*) FILTER (WHERE late)::integer AS late FROM added`;
    return { late: counted?.late ?? 0 };
  }

  /** False when the nonce was sealed before: a second seal changes nothing. */
  async seal(tx: Tx, seal: SealFact, position: LogPosition): Promise<boolean> {
    const sealed = await tx.$executeRaw`
      INSERT INTO ${this.seals} (topic_id, nonce, closed_height, log_partition, log_offset)
      VALUES (${String(seal.topicId)}::bigint, ${String(seal.nonce)}::bigint, ${String(seal.closedHeight)}::bigint,
              ${position.partition}::integer, ${String(position.offset)}::bigint)
      ON CONFLICT (topic_id, nonce) DO NOTHING`;
    return sealed === 1;
  }

  /** Signed payloads of everything that stood on the log before the seal, in ascending order of author. */
  async payloadsInSet(tx: Tx, seal: Seal): Promise<Uint8Array[]> {
    const rows = await tx.$queryRaw<{ payload: Uint8Array }[]>`
      SELECT payload FROM ${this.standing}
      WHERE topic_id = ${String(seal.topicId)}::bigint AND nonce = ${String(seal.nonce)}::bigint AND NOT late
      ORDER BY author COLLATE "C"`;
    return rows.map(({ payload }) => payload);
  }

  /** Signed payloads that count of these authors and nonces, in no order. */
  async payloadsOf(
    { prisma }: Database,
    keys: readonly SubmissionKey[],
  ): Promise<(SubmissionKey & { readonly payload: Uint8Array })[]> {
    const rows = await prisma.$queryRaw<PayloadRow[]>`
      SELECT s.topic_id, s.nonce, s.author, s.payload
      FROM unnest(${numberArray(keys.map(({ topicId }) => topicId))}::bigint[],
                  ${numberArray(keys.map(({ nonce }) => nonce))}::bigint[],
                  ${textArray(keys.map(({ author }) => author))}::text[]) AS k(topic_id, nonce, author)
      JOIN ${this.standing} s USING (topic_id, nonce, author)
      WHERE NOT s.late`;
    return rows.map(({ topic_id, nonce, author, payload }) => {
      const key = { topicId: Number(topic_id), nonce: Number(nonce), author };
      return { ...key, payload };
    });
  }

  async recordSet(tx: Tx, seal: Seal, set: { submissions: number; parts: number }): Promise<void> {
    await tx.$executeRaw`
      UPDATE ${this.seals} SET submissions = ${set.submissions}::integer, parts = ${set.parts}::integer
      WHERE topic_id = ${String(seal.topicId)}::bigint AND nonce = ${String(seal.nonce)}::bigint`;
  }
}
