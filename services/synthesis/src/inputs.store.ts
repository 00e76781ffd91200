import {
  type PendingHead,
  SYNTHESIS_INPUTS,
  type SynthesisHeads,
  type SynthesisInput,
} from '@allora/protocol/epoch/next-synthesis-step';
import type { Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';

/** Stored as numbers: never renumbered. */
const kinds: Readonly<Record<SynthesisInput, number>> = {
  inference_set: 1,
  forecast_set: 2,
  network_losses: 3,
  epoch_scores: 4,
  epoch_rewards: 5,
};

export interface InputPart {
  readonly topicId: number;
  readonly nonce: number;
  readonly settledNonce: number | null;
  readonly part: number;
  readonly parts: number;
  readonly payload: Uint8Array;
}

interface HeadRow {
  readonly kind: number;
  readonly nonce: number;
  readonly settledNonce: number | null;
  readonly complete: boolean;
}

/** All SQL on records that wait for their turn. */
@Injectable()
export class InputsStore {
  async put(tx: Tx, input: SynthesisInput, record: InputPart): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO synthesis.pending_inputs (topic_id, kind, nonce, part, parts, settled_nonce, payload)
      VALUES (${record.topicId}::bigint, ${kinds[input]}::smallint, ${record.nonce}::bigint, ${record.part}::int,
              ${record.parts}::int, ${record.settledNonce}::bigint, ${record.payload}::bytea)
      ON CONFLICT DO NOTHING`;
  }

  /** The earliest record of each kind. */
  async heads(tx: Tx, topicId: number): Promise<SynthesisHeads> {
    const rows = await tx.$queryRaw<HeadRow[]>`
      SELECT kinds.kind, head.nonce::float8 AS nonce, head.settled_nonce::float8 AS "settledNonce",
             head.parts <= (SELECT count(*) FROM synthesis.pending_inputs same
                            WHERE same.topic_id = ${topicId}::bigint AND same.kind = kinds.kind
                              AND same.nonce = head.nonce) AS complete
      FROM unnest(${SYNTHESIS_INPUTS.map((input) => kinds[input])}::int[]) AS kinds (kind)
      CROSS JOIN LATERAL (
        SELECT nonce, parts, settled_nonce FROM synthesis.pending_inputs
        WHERE topic_id = ${topicId}::bigint AND kind = kinds.kind ORDER BY nonce, part LIMIT 1) AS head`;
    const headOf = (input: SynthesisInput): PendingHead | null => {
      const row = rows.find(({ kind }) => kind === kinds[input]);
      return row ? { nonce: row.nonce, settledNonce: row.settledNonce, complete: row.complete } : null;
    };
    return Object.fromEntries(SYNTHESIS_INPUTS.map((input) => [input, headOf(input)])) as SynthesisHeads;
  }

  /** Removes a record and gives its parts in order. */
  async take(tx: Tx, topicId: number, input: SynthesisInput, nonce: number): Promise<Uint8Array[]> {
    const rows = await tx.$queryRaw<{ part: number; payload: Uint8Array }[]>`
      DELETE FROM synthesis.pending_inputs
      WHERE topic_id = ${topicId}::bigint AND kind = ${kinds[input]}::smallint AND nonce = ${nonce}::bigint
      RETURNING part, payload`;
    return rows.sort((a, b) => a.part - b.part).map(({ payload }) => payload);
  }

  /** Epochs of which a set has arrived and that could not be synthesised yet, over all topics. */
  async waitingEpochs(db: Pick<Tx, '$queryRaw'>): Promise<number> {
    const [row] = await db.$queryRaw<{ epochs: number }[]>`
      SELECT count(DISTINCT (topic_id, nonce))::int AS epochs FROM synthesis.pending_inputs
      WHERE kind = ANY (${[kinds.inference_set, kinds.forecast_set]}::smallint[])`;
    return row?.epochs ?? 0;
  }
}
