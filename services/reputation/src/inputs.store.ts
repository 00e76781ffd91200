import type { Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { SCORING_INPUTS, type ScoringHeads, type ScoringInput } from './next-epoch';

/** Stored as numbers: never renumbered. */
const kinds: Readonly<Record<ScoringInput, number>> = {
  loss_set: 1,
  stake_snapshot: 2,
  network_inference: 3,
};

export interface InputPart {
  readonly topicId: number;
  readonly nonce: number;
  readonly part: number;
  readonly parts: number;
  readonly payload: Uint8Array;
}

/** All SQL on records that wait for their turn. */
@Injectable()
export class ScoringInputsStore {
  async put(tx: Tx, input: ScoringInput, record: InputPart): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO reputation.pending_inputs (topic_id, kind, nonce, part, parts, payload)
      VALUES (${record.topicId}::bigint, ${kinds[input]}::smallint, ${record.nonce}::bigint, ${record.part}::int,
              ${record.parts}::int, ${record.payload}::bytea)
      ON CONFLICT DO NOTHING`;
  }

  /** The earliest record of each kind. */
  async heads(tx: Tx, topicId: number): Promise<ScoringHeads> {
    const rows = await tx.$queryRaw<{ kind: number; nonce: number; complete: boolean }[]>`
      SELECT kinds.kind, head.nonce::float8 AS nonce,
             head.parts <= (SELECT count(*) FROM reputation.pending_inputs same
                            WHERE same.topic_id = ${topicId}::bigint AND same.kind = kinds.kind
                              AND same.nonce = head.nonce) AS complete
      FROM unnest(${SCORING_INPUTS.map((input) => kinds[input])}::int[]) AS kinds (kind)
      CROSS JOIN LATERAL (
        SELECT nonce, parts FROM reputation.pending_inputs
        WHERE topic_id = ${topicId}::bigint AND kind = kinds.kind ORDER BY nonce, part LIMIT 1) AS head`;
    const headOf = (input: ScoringInput) => rows.find(({ kind }) => kind === kinds[input]) ?? null;
    return Object.fromEntries(SCORING_INPUTS.map((input) => [input, headOf(input)])) as ScoringHeads;
  }

  /** Removes a record and gives its parts in order. */
  async take(tx: Tx, topicId: number, input: ScoringInput, nonce: number): Promise<Uint8Array[]> {
    const rows = await tx.$queryRaw<{ part: number; payload: Uint8Array }[]>`
      DELETE FROM reputation.pending_inputs
      WHERE topic_id = ${topicId}::bigint AND kind = ${kinds[input]}::smallint AND nonce = ${nonce}::bigint
      RETURNING part, payload`;
    return rows.sort((a, b) => a.part - b.part).map(({ payload }) => payload);
  }

  /** Epochs whose loss set has arrived and that could not be scored yet, over all topics. */
  async waitingEpochs(db: Pick<Tx, '$queryRaw'>): Promise<number> {
    const [row] = await db.$queryRaw<{ epochs: number }[]>`
      SELECT count(DISTINCT (topic_id, nonce))::int AS epochs FROM reputation.pending_inputs
      WHERE kind = ${kinds.loss_set}::smallint`;
    return row?.epochs ?? 0;
  }
}
