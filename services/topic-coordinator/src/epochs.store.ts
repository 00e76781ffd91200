import {
  type EndedEpoch,
  type OpenWindow,
  Role,
  WindowStage,
} from '@allora/contracts/gen/allora/topics/v1/topics';
import type { EpochTurn, TurnPhase } from '@allora/protocol/epoch/window';
import type { Tx } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import { Injectable } from '@nestjs/common';

export interface BlockRange {
  readonly fromHeightExclusive: number;
  readonly toHeight: number;
}

interface EndedRow {
  readonly topic_id: bigint;
  readonly nonce: bigint;
  readonly height: bigint;
  readonly epoch_length_blocks: bigint;
}

interface WindowRow {
  readonly nonce: bigint;
  readonly role: number;
  readonly stage: number;
  readonly opened_height: bigint;
  readonly closes_height: bigint;
}

const heightColumns: Readonly<Record<TurnPhase, Prisma.Sql>> = {
  WORKER_WINDOW_OPENED: Prisma.raw('worker_opened_height'),
  WORKER_WINDOW_CLOSED: Prisma.raw('worker_closed_height'),
  REVEAL_WINDOW_OPENED: Prisma.raw('reveal_opened_height'),
  REPUTER_WINDOW_OPENED: Prisma.raw('reputer_opened_height'),
  REPUTER_WINDOW_CLOSED: Prisma.raw('reputer_closed_height'),
};

/** All SQL on epochs: which turns were told, and which are due. */
@Injectable()
export class EpochsStore {
  /** Topics after `afterId` with a turn at or below the height, in ascending order of id. */
  async dueTopics(tx: Tx, height: number, afterId: number, limit: number): Promise<number[]> {
    const rows = await tx.$queryRaw<{ id: bigint }[]>`
      SELECT id FROM topic_coordinator.topics
      WHERE next_turn_height <= ${String(height)}::bigint AND id > ${String(afterId)}::bigint
      ORDER BY id LIMIT ${limit}::integer`;
    return rows.map(({ id }) => Number(id));
  }

  async recordTurns(tx: Tx, topicId: number, turns: readonly EpochTurn[]): Promise<void> {
    for (const [phase, column] of Object.entries(heightColumns)) {
      const told = turns.filter((turn) => turn.phase === phase);
      if (told.length === 0) continue;
      await tx.$executeRaw`
        INSERT INTO topic_coordinator.epochs (topic_id, nonce, ${column})
        SELECT ${String(topicId)}::bigint, t.nonce, t.height
        FROM unnest(${told.map(({ nonce }) => String(nonce))}::bigint[],
                    ${told.map(({ height }) => String(height))}::bigint[]) AS t(nonce, height)
        ON CONFLICT (topic_id, nonce) DO UPDATE SET ${column} = excluded.${column}`;
    }
  }

  /** Epochs whose reputer window closed in the range, by height, then topic, then nonce. */
  async endedEpochs(tx: Tx, range: BlockRange): Promise<EndedEpoch[]> {
    const rows = await tx.$queryRaw<EndedRow[]>`
      SELECT e.topic_id, e.nonce, e.reputer_closed_height AS height, s.epoch_length_blocks
      FROM topic_coordinator.epochs e
      CROSS JOIN LATERAL (SELECT (params->>'epochLengthBlocks')::bigint AS epoch_length_blocks
        FROM topic_coordinator.stretches
        WHERE topic_id = e.topic_id AND first_nonce <= e.nonce ORDER BY first_nonce DESC LIMIT 1) AS s
      WHERE e.reputer_closed_height > ${String(range.fromHeightExclusive)}::bigint
        AND e.reputer_closed_height <= ${String(range.toHeight)}::bigint
      ORDER BY e.reputer_closed_height, e.topic_id, e.nonce`;
    return rows.map((row) => ({
      topicId: Number(row.topic_id),
      nonce: Number(row.nonce),
      height: Number(row.height),
      epochLengthBlocks: Number(row.epoch_length_blocks),
    }));
  }

  /** Height at which the epoch that comes behind the first `count` of the range ended; none when there are no more. */
  async heightOfEnded(tx: Tx, range: BlockRange, count: number): Promise<number | undefined> {
    const rows = await tx.$queryRaw<{ height: bigint }[]>`
      SELECT reputer_closed_height AS height FROM topic_coordinator.epochs
      WHERE reputer_closed_height > ${String(range.fromHeightExclusive)}::bigint
        AND reputer_closed_height <= ${String(range.toHeight)}::bigint
      ORDER BY reputer_closed_height OFFSET ${count}::integer LIMIT 1`;
    return rows[0] && Number(rows[0].height);
  }

  /** Up to which height the turns of each topic are told; without those that do not exist. */
  async toldHeights(tx: Tx, topicIds: readonly number[]): Promise<Map<number, number>> {
    const rows = await tx.$queryRaw<{ id: bigint; told_height: bigint }[]>`
      SELECT id, told_height FROM topic_coordinator.topics WHERE id = ANY (${topicIds.map(String)}::bigint[])`;
    return new Map(rows.map((row) => [Number(row.id), Number(row.told_height)]));
  }

  /**
   * Windows whose opening was told and whose closing was not, by nonce; of one nonce and role when these are given. Where
   * values are revealed, commitments have a window of their own, which ends when the one of the reveals opens.
   */
  async openWindows(tx: Tx, topicId: number, only?: { nonce: number; role: Role }): Promise<OpenWindow[]> {
    const nonce = only ? String(only.nonce) : null;
    const role = only?.role ?? null;
    const { SUBMIT, COMMIT, REVEAL } = WindowStage;
    const rows = await tx.$queryRaw<WindowRow[]>`
      SELECT e.nonce, w.role, w.stage, w.opened_height, w.closes_height
      FROM topic_coordinator.topics t
      -- Each epoch has the settings of its stretch; of a stretch that is over no window is open.
      JOIN topic_coordinator.stretches s ON s.topic_id = t.id
        AND (s.over_height IS NULL OR s.over_height > t.told_height)
      CROSS JOIN LATERAL (SELECT (s.params->>'workerWindowBlocks')::bigint AS worker_blocks,
        -- Left out of the JSON where it is zero.
        coalesce((s.params->>'revealWindowBlocks')::bigint, 0) AS reveal_blocks,
        (s.params->>'groundTruthLagBlocks')::bigint + (s.params->>'reputerWindowBlocks')::bigint AS epoch_blocks) AS p
      JOIN topic_coordinator.epochs e ON e.topic_id = t.id
        AND e.nonce < coalesce(s.until_nonce, 9223372036854775807)
        -- An epoch is over once its reputer window closes: only the last ones are looked at, by primary key.
        AND e.nonce >= greatest(s.first_nonce, t.told_height - p.epoch_blocks)
      CROSS JOIN LATERAL (VALUES
        (${Role.WORKER}::integer, CASE WHEN p.reveal_blocks = 0 THEN ${SUBMIT}::integer ELSE ${COMMIT}::integer END,
         e.worker_opened_height, coalesce(e.reveal_opened_height, e.worker_closed_height), e.nonce + p.worker_blocks),
        (${Role.WORKER}::integer, ${REVEAL}::integer,
         e.reveal_opened_height, e.worker_closed_height, e.nonce + p.worker_blocks + p.reveal_blocks),
        (${Role.REPUTER}::integer, ${SUBMIT}::integer,
         e.reputer_opened_height, e.reputer_closed_height, e.nonce + p.epoch_blocks)
      ) AS w(role, stage, opened_height, closed_height, closes_height)
      WHERE t.id = ${String(topicId)}::bigint AND w.opened_height IS NOT NULL AND w.closed_height IS NULL
        AND (${nonce}::bigint IS NULL OR e.nonce = ${nonce}::bigint)
        AND (${role}::integer IS NULL OR w.role = ${role}::integer)
      ORDER BY e.nonce, w.role`;
    return rows.map((row) => ({
      topicId,
      nonce: Number(row.nonce),
      role: row.role,
      stage: row.stage,
      openedHeight: Number(row.opened_height),
      closesHeight: Number(row.closes_height),
    }));
  }

  /** How an epoch stands: undefined of one that was never told, null where it was not reopened. */
  async reopenedAs(tx: Tx, topicId: number, nonce: number): Promise<number | null | undefined> {
    const rows = await tx.$queryRaw<{ reopened_as: bigint | null }[]>`
      SELECT reopened_as FROM topic_coordinator.epochs
      WHERE topic_id = ${String(topicId)}::bigint AND nonce = ${String(nonce)}::bigint`;
    return rows[0] && (rows[0].reopened_as === null ? null : Number(rows[0].reopened_as));
  }

  async recordReopening(tx: Tx, topicId: number, nonce: number, reopenedAs: number): Promise<void> {
    await tx.$executeRaw`
      UPDATE topic_coordinator.epochs SET reopened_as = ${String(reopenedAs)}::bigint
      WHERE topic_id = ${String(topicId)}::bigint AND nonce = ${String(nonce)}::bigint`;
  }
}
