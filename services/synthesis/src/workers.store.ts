import type { Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import type { EmaScores } from './active-set';

/** Stored as numbers: never renumbered. */
export const WorkerRole = { INFERER: 1, FORECASTER: 2 } as const;
export type WorkerRole = (typeof WorkerRole)[keyof typeof WorkerRole];

export interface WorkerKey {
  readonly role: WorkerRole;
  readonly worker: string;
}

export interface WorkerScore extends WorkerKey {
  readonly emaScore: number;
}

/** All SQL on what is known of workers from scores and rewards. */
@Injectable()
export class WorkersStore {
  async emaScores(tx: Tx, topicId: number, role: WorkerRole, workers: readonly string[]): Promise<EmaScores> {
    const rows = await tx.$queryRaw<{ worker: string; emaScore: number }[]>`
      SELECT worker, ema_score AS "emaScore" FROM synthesis.workers
      WHERE topic_id = ${topicId}::bigint AND role = ${role}::smallint AND worker = ANY (${[...workers]}::text[])
        AND ema_score IS NOT NULL`;
    return new Map(rows.map(({ worker, emaScore }) => [worker, emaScore]));
  }

  async saveEmaScores(tx: Tx, topicId: number, scores: readonly WorkerScore[]): Promise<void> {
    if (scores.length === 0) return;
    await tx.$executeRaw`
      INSERT INTO synthesis.workers (topic_id, role, worker, ema_score, inclusions)
      SELECT ${topicId}::bigint, told.role, told.worker, told.ema_score, 0
      FROM unnest(${scores.map(({ role }) => role)}::smallint[], ${scores.map(({ worker }) => worker)}::text[],
                  ${scores.map(({ emaScore }) => emaScore)}::float8[]) AS told (role, worker, ema_score)
      ON CONFLICT (topic_id, role, worker) DO UPDATE SET ema_score = excluded.ema_score`;
  }

  /** In the order of `workers`; 0 for those never paid. */
  async inclusions(tx: Tx, topicId: number, role: WorkerRole, workers: readonly string[]): Promise<number[]> {
    const rows = await tx.$queryRaw<{ worker: string; inclusions: number }[]>`
      SELECT worker, inclusions FROM synthesis.workers
      WHERE topic_id = ${topicId}::bigint AND role = ${role}::smallint AND worker = ANY (${[...workers]}::text[])`;
    const counts = new Map(rows.map(({ worker, inclusions }) => [worker, inclusions]));
    return workers.map((worker) => counts.get(worker) ?? 0);
  }

  async countInclusions(tx: Tx, topicId: number, paid: readonly WorkerKey[]): Promise<void> {
    if (paid.length === 0) return;
    await tx.$executeRaw`
      INSERT INTO synthesis.workers (topic_id, role, worker, inclusions)
      SELECT ${topicId}::bigint, paid.role, paid.worker, 1
      FROM unnest(${paid.map(({ role }) => role)}::smallint[], ${paid.map(({ worker }) => worker)}::text[]) AS paid (role, worker)
      GROUP BY paid.role, paid.worker
      ON CONFLICT (topic_id, role, worker) DO UPDATE SET inclusions = workers.inclusions + 1`;
  }
}
