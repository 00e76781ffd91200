import type { AcceptedSubmission, Receipt, Seal } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { LogPosition } from '@allora/bus/transport';
import type { Tx } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import type { IngestSchema } from './kind';

export interface SubmissionKey {
  readonly topicId: number;
  readonly nonce: number;
  readonly author: string;
}

/** What this service's own tables know about a submission at the door. */
export interface LocalFacts {
  /** Rules of the topic; undefined when it is not known here. */
  readonly params: TopicParams | undefined;
  readonly registered: boolean;
  readonly window: 'OPEN' | 'CLOSED' | 'UNKNOWN';
  /** Receipt of the submission that stands for the nonce. */
  readonly standing: Receipt | undefined;
}

export interface LoggedSubmission {
  readonly submission: AcceptedSubmission;
  readonly position: LogPosition;
}

/** A submission as read back from the log. */
export interface StoredSubmission {
  readonly receipt: Receipt;
  readonly late: boolean;
  readonly sealed: boolean;
}

interface StoredRow {
  readonly topic_id: bigint;
  readonly nonce: bigint;
  readonly author: string;
  readonly log_partition: number;
  readonly log_offset: bigint;
  readonly accepted_at_ms: bigint;
  readonly late: boolean;
  readonly sealed: boolean;
}

interface LocalFactsRow {
  readonly params: string | null;
  readonly registered: boolean;
  readonly closed: boolean | null;
  readonly hash: string | null;
  readonly log_partition: number | null;
  readonly log_offset: bigint | null;
  readonly accepted_at_ms: bigint | null;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** All SQL on submissions and sealed sets. Bytes go in as hex text: Prisma knows no parameter of type bytea[]. */
export class SubmissionsStore {
  private readonly tables: Readonly<
    Record<'submissions' | 'sealedSets' | 'topics' | 'registrations' | 'windows', Prisma.Sql>
  >;

  constructor(schema: IngestSchema) {
    const table = (name: string) => Prisma.raw(`"${schema}"."${name}"`);
    this.tables = {
      submissions: table('submissions'),
      sealedSets: table('sealed_sets'),
      topics: table('known_topics'),
      registrations: table('known_registrations'),
      windows: table('known_windows'),
    };
  }

  /** One round trip for any number of submissions; answers in the order of the keys. */
  async lookUp(tx: Tx, keys: readonly SubmissionKey[]): Promise<LocalFacts[]> {
    const { submissions, topics, registrations, windows } = this.tables;
    const rows = await tx.$queryRaw<LocalFactsRow[]>`
      SELECT t.params::text AS params, r.address IS NOT NULL AS registered, w.closed,
             encode(s.hash, 'hex') AS hash, s.log_partition, s.log_offset, s.accepted_at_ms
      FROM unnest(${keys.map((key) => String(key.topicId))}::bigint[],
                  ${keys.map((key) => String(key.nonce))}::bigint[],
                  ${keys.map((key) => key.author)}::text[])
           WITH ORDINALITY AS k(topic_id, nonce, author, place)
      LEFT JOIN ${topics} t ON t.topic_id = k.topic_id
      LEFT JOIN ${registrations} r ON r.topic_id = k.topic_id AND r.address = k.author
      LEFT JOIN ${windows} w ON w.topic_id = k.topic_id AND w.nonce = k.nonce
      LEFT JOIN ${submissions} s ON s.topic_id = k.topic_id AND s.nonce = k.nonce AND s.author = k.author
      ORDER BY k.place`;
    return rows.map((row, i) => toLocalFacts(keys[i]!, row));
  }

  async byHash(tx: Tx, hash: string): Promise<StoredSubmission | undefined> {
    const [row] = await tx.$queryRaw<StoredRow[]>`
      SELECT s.topic_id, s.nonce, s.author, s.log_partition, s.log_offset, s.accepted_at_ms, s.late,
             EXISTS (SELECT FROM ${this.tables.sealedSets} z WHERE z.topic_id = s.topic_id AND z.nonce = s.nonce) AS sealed
      FROM ${this.tables.submissions} s WHERE s.hash = decode(${hash}::text, 'hex')`;
    if (!row) return undefined;
    const { late, sealed, author, log_partition: logPartition } = row;
    const [topicId, nonce] = [Number(row.topic_id), Number(row.nonce)];
    const [logOffset, acceptedAtMs] = [Number(row.log_offset), Number(row.accepted_at_ms)];
    return { receipt: { hash, topicId, nonce, author, logPartition, logOffset, acceptedAtMs }, late, sealed };
  }

  /**
   * Writes submissions in log order: the first of an author stands, whatever follows for the same nonce is dropped. Those of a
   * sealed nonce are marked late. Returns how many were new, and how many of these late.
   */
  async add(tx: Tx, logged: readonly LoggedSubmission[]): Promise<{ added: number; late: number }> {
    const first = new Map<string, LoggedSubmission>();
    for (const one of logged) {
      const { topicId, nonce, author } = one.submission;
      const name = `${topicId}/${nonce}/${author}`;
      if (!first.has(name)) first.set(name, one);
    }
    if (first.size === 0) return { added: 0, late: 0 };
    const rows = [...first.values()];
    const column = (value: (one: LoggedSubmission) => string) => rows.map(value);
    const added = await tx.$queryRaw<{ late: boolean }[]>`
      INSERT INTO ${this.tables.submissions} (topic_id, nonce, author, hash, payload, public_key, signature,
                                              accepted_at_ms, log_partition, log_offset, late)
      SELECT n.topic_id, n.nonce, n.author, decode(n.hash, 'hex'), decode(n.payload, 'hex'), decode(n.public_key, 'hex'),
             decode(n.signature, 'hex'), n.accepted_at_ms, n.log_partition, n.log_offset,
             EXISTS (SELECT FROM ${this.tables.sealedSets} z WHERE z.topic_id = n.topic_id AND z.nonce = n.nonce)
      FROM unnest(${column((one) => String(one.submission.topicId))}::bigint[],
                  ${column((one) => String(one.submission.nonce))}::bigint[],
                  ${column((one) => one.submission.author)}::text[],
                  ${column((one) => hex(one.submission.hash))}::text[],
                  ${column((one) => hex(one.submission.signed?.payload ?? new Uint8Array()))}::text[],
                  ${column((one) => hex(one.submission.signed?.publicKey ?? new Uint8Array()))}::text[],
                  ${column((one) => hex(one.submission.signed?.signature ?? new Uint8Array()))}::text[],
                  ${column((one) => String(one.submission.acceptedAtMs))}::bigint[],
                  ${column((one) => String(one.position.partition))}::integer[],
                  ${column((one) => String(one.position.offset))}::bigint[])
           AS n(topic_id, nonce, author, hash, payload, public_key, signature, accepted_at_ms, log_partition, log_offset)
      ON CONFLICT (topic_id, nonce, author) DO NOTHING
      RETURNING late`;
    return { added: added.length, late: added.filter((row) => row.late).length };
  }

  /** False when the nonce was sealed before: a second seal changes nothing. */
  async seal(tx: Tx, seal: Seal, position: LogPosition): Promise<boolean> {
    const sealed = await tx.$executeRaw`
      INSERT INTO ${this.tables.sealedSets} (topic_id, nonce, closed_height, log_partition, log_offset)
      VALUES (${String(seal.topicId)}::bigint, ${String(seal.nonce)}::bigint, ${String(seal.closedHeight)}::bigint,
              ${position.partition}::integer, ${String(position.offset)}::bigint)
      ON CONFLICT (topic_id, nonce) DO NOTHING`;
    return sealed === 1;
  }

  /** Signed payloads of everything that stood on the log before the seal, in ascending order of author. */
  async payloadsInSet(tx: Tx, seal: Seal): Promise<Uint8Array[]> {
    const rows = await tx.$queryRaw<{ payload: Uint8Array }[]>`
      SELECT payload FROM ${this.tables.submissions}
      WHERE topic_id = ${String(seal.topicId)}::bigint AND nonce = ${String(seal.nonce)}::bigint AND NOT late
      ORDER BY author COLLATE "C"`;
    return rows.map(({ payload }) => payload);
  }

  async recordSet(
    tx: Tx,
    seal: Seal,
    set: { readonly submissions: number; readonly parts: number },
  ): Promise<void> {
    await tx.$executeRaw`
      UPDATE ${this.tables.sealedSets} SET submissions = ${set.submissions}::integer, parts = ${set.parts}::integer
      WHERE topic_id = ${String(seal.topicId)}::bigint AND nonce = ${String(seal.nonce)}::bigint`;
  }
}

function toLocalFacts({ topicId, nonce, author }: SubmissionKey, row: LocalFactsRow): LocalFacts {
  const standing: Receipt | undefined =
    row.hash === null
      ? undefined
      : {
          hash: row.hash,
          topicId,
          nonce,
          author,
          logPartition: Number(row.log_partition),
          logOffset: Number(row.log_offset),
          acceptedAtMs: Number(row.accepted_at_ms),
        };
  return {
    params: row.params === null ? undefined : TopicParams.fromJSON(JSON.parse(row.params)),
    registered: row.registered,
    window: row.closed === null ? 'UNKNOWN' : row.closed ? 'CLOSED' : 'OPEN',
    standing,
  };
}
