import { Database, type Tx } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import { Injectable } from '@nestjs/common';
import type { StoredFact } from '../proto';
import { type Latest, latestOf, PROGRESS_KIND } from './latest';

const KINDS = ['worker_window_opened', 'reveal_window_opened', 'worker_window_closed', 'inference'];

export interface LatestRow {
  readonly latest: bigint;
  readonly nonce: bigint;
  readonly kind: string;
  readonly message: Uint8Array;
  readonly produced_at_ms: bigint;
}

/** The facts behind a topic's latest inference, where they are kept for good. */
@Injectable()
export class LatestStore {
  /** How far the topic has come since the inference named in `latest`. */
  readonly newest = Prisma.sql`newest AS (
        SELECT nonce, kind, message, produced_at_ms FROM gateway.epoch_facts
         WHERE topic_id = (SELECT topic_id FROM latest) AND kind = ${PROGRESS_KIND} AND nonce > (SELECT nonce FROM latest)
         ORDER BY nonce DESC LIMIT 1)`;

  /** Of the inference named in `latest`, and of `newest`, by nonce. */
  readonly facts = Prisma.sql`
      SELECT latest.nonce AS latest, fact.nonce, kind, message, produced_at_ms
        FROM latest JOIN gateway.epoch_facts AS fact USING (topic_id, nonce) WHERE kind = ANY (${KINDS}::text[])
      UNION ALL SELECT latest.nonce, newest.* FROM latest, newest
       ORDER BY nonce`;

  constructor(private readonly database: Database) {}

  /** Undefined while the topic has no inference with a value. */
  async find(
    topicId: number,
    reader: Pick<Tx, '$queryRaw'> = this.database.prisma,
  ): Promise<Latest | undefined> {
    const rows = await reader.$queryRaw<LatestRow[]>`
      WITH latest AS (SELECT topic_id, nonce FROM gateway.latest_inferences WHERE topic_id = ${BigInt(topicId)}),
      ${this.newest} ${this.facts}`;
    const [first] = rows;
    return first && latestOf(topicId, Number(first.latest), rows.map(toFact));
  }
}

export const toFact = ({ nonce, kind, message, produced_at_ms }: Omit<LatestRow, 'latest'>): StoredFact => ({
  nonce: Number(nonce),
  kind,
  message,
  producedAtMs: Number(produced_at_ms),
});
