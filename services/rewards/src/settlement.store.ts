import { EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { EpochEvent } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { RewardRoleName, RewardState } from '@allora/protocol/epoch/epoch-payout';
import type { Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';

export interface Progress {
  readonly paidNonce: number | undefined;
  readonly closedNonce: number | undefined;
  readonly snapshotNonce: number | undefined;
  readonly scoreRatio: number;
}

export interface SnapshotRequest {
  readonly nonce: number;
  readonly settledNonce: number | undefined;
}

const numberOf = (value: bigint | null | undefined): number | undefined =>
  value === null || value === undefined ? undefined : Number(value);

/** What each topic waits for, how far it is settled, and what its next rewards build on. */
@Injectable()
export class SettlementStore {
  async progress(tx: Tx, topicId: number): Promise<Progress> {
    const row = await tx.topicProgress.findUnique({ where: { topicId: BigInt(topicId) } });
    return {
      paidNonce: numberOf(row?.paidNonce),
      closedNonce: numberOf(row?.closedNonce),
      snapshotNonce: numberOf(row?.snapshotNonce),
      scoreRatio: row?.scoreRatio ?? 0,
    };
  }

  async requestSnapshot(tx: Tx, event: EpochEvent): Promise<void> {
    const { snapshotNonce } = await this.progress(tx, event.topicId);
    if (snapshotNonce !== undefined && event.nonce <= snapshotNonce) return;
    await this.record(tx, event.topicId, { snapshotNonce: BigInt(event.nonce) });
    await tx.pendingStakeSnapshot.create({
      data: {
        topicId: BigInt(event.topicId),
        nonce: BigInt(event.nonce),
        settledNonce: event.settledNonce === undefined ? null : BigInt(event.settledNonce),
      },
    });
  }

  async recordClosed(tx: Tx, event: EpochEvent): Promise<void> {
    const { closedNonce } = await this.progress(tx, event.topicId);
    if (closedNonce !== undefined && event.nonce <= closedNonce) return;
    await this.record(tx, event.topicId, { closedNonce: BigInt(event.nonce) });
  }

  private async record(
    tx: Tx,
    topicId: number,
    change: Partial<Record<`${string}Nonce`, bigint>>,
  ): Promise<void> {
    const id = { topicId: BigInt(topicId) };
    await tx.topicProgress.upsert({ where: id, create: { ...id, ...change }, update: change });
  }

  async pendingSnapshots(tx: Tx, topicId: number): Promise<SnapshotRequest[]> {
    const rows = await tx.pendingStakeSnapshot.findMany({
      where: { topicId: BigInt(topicId) },
      orderBy: { nonce: 'asc' },
    });
    return rows.map((row) => ({ nonce: Number(row.nonce), settledNonce: numberOf(row.settledNonce) }));
  }

  async forgetSnapshot(tx: Tx, topicId: number, nonce: number): Promise<void> {
    await tx.pendingStakeSnapshot.delete({
      where: { topicId_nonce: { topicId: BigInt(topicId), nonce: BigInt(nonce) } },
    });
  }

  /** False for scores that were kept before, or whose epoch is paid. */
  async keepScores(tx: Tx, scores: EpochScores): Promise<boolean> {
    const { paidNonce } = await this.progress(tx, scores.topicId);
    if (paidNonce !== undefined && scores.nonce <= paidNonce) return false;
    const kept = await tx.$executeRaw`
      INSERT INTO rewards.pending_epoch_scores (topic_id, nonce, message)
      VALUES (${BigInt(scores.topicId)}, ${BigInt(scores.nonce)}, ${EpochScores.encode(scores).finish()})
      ON CONFLICT DO NOTHING`;
    return kept > 0;
  }

  /**
   * The lowest nonce that waits to be paid, and what was set aside for it once its last block was told. Epochs of a topic end in
   * order: where a later one has its part, this one ended before blocks were told, and has none.
   */
  async nextScores(
    tx: Tx,
    topicId: number,
  ): Promise<{ scores: EpochScores; emissionUallo: bigint | undefined } | undefined> {
    const [row] = await tx.$queryRaw<{ message: Uint8Array; emission: string | null }[]>`
      SELECT s.message, coalesce(e.amount_uallo, (
               SELECT 0 FROM rewards.epoch_emissions l WHERE l.topic_id = s.topic_id AND l.nonce > s.nonce LIMIT 1
             ))::text AS emission
        FROM rewards.pending_epoch_scores s LEFT JOIN rewards.epoch_emissions e USING (topic_id, nonce)
       WHERE s.topic_id = ${BigInt(topicId)}::bigint ORDER BY s.nonce LIMIT 1`;
    if (!row) return undefined;
    return {
      scores: EpochScores.decode(row.message),
      emissionUallo: row.emission === null ? undefined : BigInt(row.emission),
    };
  }

  async rewardState(tx: Tx, topicId: number, participants: readonly string[]): Promise<RewardState> {
    const { scoreRatio } = await this.progress(tx, topicId);
    const fractions = await tx.smoothedFraction.findMany({
      where: { topicId: BigInt(topicId), participant: { in: [...participants] } },
    });
    const lists = await tx.scoreList.findMany({
      where: { topicId: BigInt(topicId) },
      orderBy: { nonce: 'desc' },
    });
    const fractionsOf = (role: RewardRoleName) =>
      new Map(fractions.filter((row) => row.role === role).map((row) => [row.participant, row.fraction]));
    const listsOf = (role: RewardRoleName) =>
      lists.filter((row) => row.role === role).map((row) => row.scores);
    return {
      scoreRatio,
      smoothedFractions: {
        inferer: fractionsOf('inferer'),
        forecaster: fractionsOf('forecaster'),
        reputer: fractionsOf('reputer'),
      },
      scoreHistory: { inferer: listsOf('inferer'), forecaster: listsOf('forecaster') },
    };
  }

  /** Stores an epoch's own scores; lists that the window can no longer reach are dropped. */
  async saveScoreLists(
    tx: Tx,
    scores: EpochScores,
    lists: Readonly<Record<'inferer' | 'forecaster', readonly number[]>>,
    maxLists: number,
  ): Promise<void> {
    const topicId = BigInt(scores.topicId);
    for (const role of ['inferer', 'forecaster'] as const) {
      if (lists[role].length === 0) continue;
      await tx.scoreList.create({
        data: { topicId, role, nonce: BigInt(scores.nonce), scores: [...lists[role]] },
      });
      await tx.$executeRaw`
        DELETE FROM rewards.score_lists WHERE topic_id = ${topicId} AND role = ${role} AND nonce <= (
          SELECT nonce FROM rewards.score_lists WHERE topic_id = ${topicId} AND role = ${role}
           ORDER BY nonce DESC OFFSET ${maxLists}::int LIMIT 1)`;
    }
  }

  async saveRewardState(
    tx: Tx,
    topicId: number,
    next: Pick<RewardState, 'scoreRatio' | 'smoothedFractions'>,
  ) {
    const rows = Object.entries(next.smoothedFractions).flatMap(([role, fractions]) =>
      [...fractions].map(([participant, fraction]) => ({ role, participant, fraction })),
    );
    await tx.$executeRaw`
      INSERT INTO rewards.smoothed_fractions (topic_id, role, participant, fraction)
      SELECT ${BigInt(topicId)}, f.role, f.participant, f.fraction
        FROM unnest(${rows.map((r) => r.role)}::text[], ${rows.map((r) => r.participant)}::text[],
                    ${rows.map((r) => String(r.fraction))}::text[]::float8[]) AS f (role, participant, fraction)
      ON CONFLICT (topic_id, role, participant) DO UPDATE SET fraction = excluded.fraction`;
    await tx.topicProgress.update({
      where: { topicId: BigInt(topicId) },
      data: { scoreRatio: next.scoreRatio },
    });
  }

  async forgetScores(tx: Tx, topicId: number, nonce: number): Promise<void> {
    await tx.pendingEpochScores.deleteMany({
      where: { topicId: BigInt(topicId), nonce: { lte: BigInt(nonce) } },
    });
  }
}
