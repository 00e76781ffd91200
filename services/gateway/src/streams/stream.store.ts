import { Database } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { FACT_KINDS, type FactKind } from '../proto';
import { KIND_BITS, mainKindOf } from './kinds';

export interface StreamHead {
  readonly generation: string;
  /** Of the latest fact; 0 before the first. */
  readonly seq: number;
}

export interface StreamRow {
  readonly seq: number;
  readonly topicId: number;
  readonly nonce: number;
  readonly kind: FactKind;
  /** Empty where the event says no more than that it was told. */
  readonly message: Uint8Array;
  readonly producedAtMs: number;
}

export interface PageAsked {
  /** Facts behind this one. */
  readonly after: number;
  readonly upTo?: number;
  readonly topics?: readonly number[] | undefined;
  /** Bits of `KIND_BITS`; all unless told. */
  readonly kinds?: number;
  readonly limit: number;
}

interface Row extends Record<string, unknown> {
  readonly seq: string;
  readonly topic_id: string;
  readonly nonce: string;
  readonly kind: string;
  readonly message: Uint8Array | null;
  readonly produced_at_ms: string;
}

const HEAD = {
  name: 'gateway-stream-head',
  text: 'SELECT generation, seq FROM gateway.stream_heads WHERE id = 1',
};
const NEW_HEAD = {
  name: 'gateway-stream-new-head',
  text: `INSERT INTO gateway.stream_heads (id, generation, seq) VALUES (1, gateway.new_generation(), 0)
         ON CONFLICT DO NOTHING`,
};
const PAGE = {
  name: 'gateway-stream-page',
  text: `SELECT place.seq, place.topic_id, place.nonce, place.kind, fact.produced_at_ms,
                CASE WHEN place.kind IN ('losses', 'scores', 'rewards') THEN NULL ELSE fact.message END AS message
           FROM gateway.stream_places AS place
           JOIN gateway.epoch_facts AS fact USING (topic_id, nonce, kind)
          WHERE place.seq > $1 AND place.seq <= $2
            AND ($3::bigint[] IS NULL OR place.topic_id = ANY ($3)) AND ($4::text[] IS NULL OR place.kind = ANY ($4))
          ORDER BY place.seq LIMIT $5`,
};
const FIRST_SINCE = {
  name: 'gateway-stream-first-since',
  text: `SELECT min(seq) AS seq FROM gateway.stream_places
          WHERE nonce >= $1 AND ($2::bigint[] IS NULL OR topic_id = ANY ($2))`,
};

const kindsOf = (bits: number): readonly FactKind[] | null =>
  bits & KIND_BITS.phase
    ? null
    : FACT_KINDS.filter((kind) => {
        const main = mainKindOf(kind);
        return main !== undefined && (bits & KIND_BITS[main]) !== 0;
      });

const ALL_KINDS = KIND_BITS.inference | KIND_BITS.phase | KIND_BITS.window;

const isFactKind = (kind: string): kind is FactKind => (FACT_KINDS as readonly string[]).includes(kind);

/** Facts of epochs in the order in which they became known. */
@Injectable()
export class StreamStore {
  constructor(private readonly database: Database) {}

  async head(): Promise<StreamHead> {
    for (;;) {
      const [row] = await this.database.statement<{ generation: string; seq: string }>(HEAD, []);
      if (row) return { generation: row.generation, seq: Number(row.seq) };
      // The tables were emptied, and nothing was told since.
      await this.database.statement(NEW_HEAD, []);
    }
  }

  async page({
    after,
    upTo = Number.MAX_SAFE_INTEGER,
    topics,
    kinds = ALL_KINDS,
    limit,
  }: PageAsked): Promise<StreamRow[]> {
    const rows = await this.database.statement<Row>(PAGE, [
      after,
      upTo,
      topics ?? null,
      kindsOf(kinds),
      limit,
    ]);
    return rows.flatMap(({ seq, topic_id, nonce, kind, message, produced_at_ms }) =>
      isFactKind(kind)
        ? [
            {
              seq: Number(seq),
              topicId: Number(topic_id),
              nonce: Number(nonce),
              kind,
              message: message ?? new Uint8Array(),
              producedAtMs: Number(produced_at_ms),
            },
          ]
        : [],
    );
  }

  /** The first fact of an epoch at this nonce or behind it; undefined while there is none. */
  async firstSince(nonce: number, topics: readonly number[] | undefined): Promise<number | undefined> {
    const [row] = await this.database.statement<{ seq: string | null }>(FIRST_SINCE, [nonce, topics ?? null]);
    return row?.seq == null ? undefined : Number(row.seq);
  }
}
