import { Database, type Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import type { StoredFact } from '../proto';
import { type Latest, latestOf, PROGRESS_KIND } from './latest';

const KINDS = ['worker_window_opened', 'reveal_window_opened', 'worker_window_closed', 'inference'];

interface Row {
  readonly nonce: bigint;
  readonly kind: string;
  readonly message: Uint8Array;
  readonly produced_at_ms: bigint;
}

/** The facts behind a topic's latest inference, where they are kept for good. */
@Injectable()
export class LatestStore {
  constructor(private readonly database: Database) {}

  /** Undefined while the topic has no inference with a value. */
  async find(
    topicId: number,
    reader: Pick<Tx, '$queryRaw'> = this.database.prisma,
  ): Promise<Latest | undefined> {
    const rows = await reader.$queryRaw<(Row & { latest: bigint })[]>`
      WITH latest AS (SELECT topic_id, nonce FROM gateway.latest_inferences WHERE topic_id = ${BigInt(topicId)}),
      newest AS (
        SELECT nonce, kind, message, produced_at_ms FROM gateway.epoch_facts
         WHERE topic_id = ${BigInt(topicId)} AND kind = ${PROGRESS_KIND} AND nonce > (SELECT nonce FROM latest)
         ORDER BY nonce DESC LIMIT 1)
      SELECT latest.nonce AS latest, fact.nonce, kind, message, produced_at_ms
        FROM latest JOIN gateway.epoch_facts AS fact USING (topic_id, nonce) WHERE kind = ANY (${KINDS}::text[])
      UNION ALL SELECT latest.nonce, newest.* FROM latest, newest
       ORDER BY nonce`;
    const [first] = rows;
    return first && latestOf(topicId, Number(first.latest), rows.map(toFact));
  }
}

const toFact = ({ nonce, kind, message, produced_at_ms }: Row): StoredFact => ({
  nonce: Number(nonce),
  kind,
  message,
  producedAtMs: Number(produced_at_ms),
});
