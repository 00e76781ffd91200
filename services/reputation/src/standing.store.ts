import type { EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import type { Quantiles, Standing } from './score-epoch';

/** Stored as numbers: never renumbered. */
const roles = { inferer: 1, forecaster: 2, reputer: 3 } as const;

export interface EpochParticipants {
  readonly inferers: readonly string[];
  readonly forecasters: readonly string[];
  readonly reputers: readonly string[];
}

interface ParticipantRow {
  readonly role: number;
  readonly participant: string;
  readonly emaScore: number | null;
  readonly listeningCoefficient: number | null;
}

interface TopicRow extends Quantiles {
  readonly scoredNonce: number | null;
}

const unseen: TopicRow = { scoredNonce: null, inferer: null, forecaster: null, reputer: null };

/** All SQL on what a topic knows of its participants, and on how far it is scored. */
@Injectable()
export class StandingStore {
  async loadTopic(tx: Tx, topicId: number): Promise<TopicRow> {
    const [row] = await tx.$queryRaw<TopicRow[]>`
      SELECT scored_nonce::float8 AS "scoredNonce", inferer_quantile AS inferer, forecaster_quantile AS forecaster,
             reputer_quantile AS reputer
      FROM reputation.scored_topics WHERE topic_id = ${topicId}::bigint`;
    return row ?? unseen;
  }

  async load(tx: Tx, topicId: number, epoch: EpochParticipants): Promise<Standing> {
    const { inferer, forecaster, reputer } = await this.loadTopic(tx, topicId);
    const wanted = [
      ...epoch.inferers.map((id) => ({ role: roles.inferer, id })),
      ...epoch.forecasters.map((id) => ({ role: roles.forecaster, id })),
      ...epoch.reputers.map((id) => ({ role: roles.reputer, id })),
    ];
    const rows = await tx.$queryRaw<ParticipantRow[]>`
      SELECT role::int AS role, participant, ema_score AS "emaScore", listening_coefficient AS "listeningCoefficient"
      FROM reputation.scored_participants
      JOIN unnest(${wanted.map(({ role }) => role)}::smallint[], ${wanted.map(({ id }) => id)}::text[])
        AS wanted (role, participant) USING (role, participant)
      WHERE topic_id = ${topicId}::bigint`;
    const emaOf = (wantedRole: number): ReadonlyMap<string, number> =>
      new Map(
        rows.flatMap(({ role, participant, emaScore }) =>
          role === wantedRole && emaScore !== null ? [[participant, emaScore]] : [],
        ),
      );
    return {
      infererEma: emaOf(roles.inferer),
      forecasterEma: emaOf(roles.forecaster),
      reputerEma: emaOf(roles.reputer),
      listeningCoefficients: new Map(
        rows.flatMap(({ participant, listeningCoefficient }) =>
          listeningCoefficient === null ? [] : [[participant, listeningCoefficient]],
        ),
      ),
      quantiles: { inferer, forecaster, reputer },
    };
  }

  /** What an epoch's scores leave behind for the next one. */
  async save(tx: Tx, scores: EpochScores, quantiles: Quantiles): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO reputation.scored_topics (topic_id, scored_nonce, inferer_quantile, forecaster_quantile, reputer_quantile)
      VALUES (${scores.topicId}::bigint, ${scores.nonce}::bigint, ${quantiles.inferer}::float8,
              ${quantiles.forecaster}::float8, ${quantiles.reputer}::float8)
      ON CONFLICT (topic_id) DO UPDATE
      SET scored_nonce = excluded.scored_nonce, inferer_quantile = excluded.inferer_quantile,
          forecaster_quantile = excluded.forecaster_quantile, reputer_quantile = excluded.reputer_quantile`;
    const rows = [
      ...scores.inferers.map((score) => workerRow(roles.inferer, score)),
      ...scores.forecasters.map((score) => workerRow(roles.forecaster, score)),
      ...scores.reputers.map(({ reputer, emaScore, listeningCoefficient }) => ({
        role: roles.reputer,
        participant: reputer,
        emaScore: emaScore ?? null,
        listeningCoefficient,
      })),
    ];
    if (rows.length === 0) return;
    await tx.$executeRaw`
      INSERT INTO reputation.scored_participants (topic_id, role, participant, ema_score, listening_coefficient)
      SELECT ${scores.topicId}::bigint, told.*
      FROM unnest(${rows.map(({ role }) => role)}::smallint[], ${rows.map(({ participant }) => participant)}::text[],
                  ${rows.map(({ emaScore }) => emaScore)}::float8[],
                  ${rows.map(({ listeningCoefficient }) => listeningCoefficient)}::float8[]) AS told
      ON CONFLICT (topic_id, role, participant) DO UPDATE
      SET ema_score = excluded.ema_score, listening_coefficient = excluded.listening_coefficient`;
  }

  async keepResult(tx: Tx, result: EpochResult): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO reputation.epoch_results (topic_id, nonce, outcome, losses, scores, input)
      VALUES (${result.topicId}::bigint, ${result.nonce}::bigint, ${result.outcome}::smallint, ${result.losses}::bytea,
              ${result.scores}::bytea, ${result.input}::bytea)`;
  }

  /** What an epoch was scored from: null for one from before that was kept, undefined for one that is not scored. */
  async keptInput(
    db: Pick<Tx, '$queryRaw'>,
    { topicId, nonce }: Pick<EpochResult, 'topicId' | 'nonce'>,
  ): Promise<Uint8Array | null | undefined> {
    const [row] = await db.$queryRaw<{ input: Uint8Array | null }[]>`
      SELECT input FROM reputation.epoch_results
      WHERE topic_id = ${topicId}::bigint AND nonce = ${nonce}::bigint`;
    return row?.input;
  }
}

interface EpochResult {
  readonly topicId: number;
  readonly nonce: number;
  readonly outcome: number;
  readonly losses: Uint8Array;
  readonly scores: Uint8Array;
  readonly input: Uint8Array;
}

function workerRow(
  role: number,
  score: { participant: string; emaScore?: number | undefined },
): ParticipantRow {
  return {
    role,
    participant: score.participant,
    emaScore: score.emaScore ?? null,
    listeningCoefficient: null,
  };
}
