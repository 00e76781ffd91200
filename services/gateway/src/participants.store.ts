import type { EpochScores, ParticipantScore } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { EpochRewards } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { Database, type Tx } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import { Injectable } from '@nestjs/common';
import { type StandingRole, standingRole } from './proto';
import { weightShares } from './weight-shares';

interface ScoreRow {
  readonly address: string;
  readonly role: StandingRole;
  readonly score: number | undefined;
  readonly emaScore: number | undefined;
  readonly listeningCoefficient: number | undefined;
}

/** Doubles go as text: their shortest form is exact, and an array may hold nulls. */
const texts = (values: readonly (number | null | undefined)[]) =>
  values.map((x) => (x == null ? null : String(x)));

/** Where each participant stands. Epochs of a kind come in order; an older one never overwrites a newer. */
@Injectable()
export class ParticipantsStore {
  constructor(private readonly database: Database) {}

  /** Where `kept` has a row. */
  standingsOf(inference: NetworkInference): Prisma.Sql {
    const shares = weightShares(inference);
    const rows = [
      ...inference.inferers.map(({ inferer, weight }, j) => ({
        address: inferer,
        role: 'inferer',
        weight,
        share: shares.inferers[j],
      })),
      ...inference.forecasters.map(({ forecaster, weight }, k) => ({
        address: forecaster,
        role: 'forecaster',
        weight,
        share: shares.forecasters[k],
      })),
    ];
    return Prisma.sql`
      INSERT INTO gateway.participant_standings AS s
             (address, topic_id, role, last_nonce, weight, weight_share, weight_nonce)
      SELECT r.address, kept.topic_id, r.role, kept.nonce, r.weight, r.share, kept.nonce
        FROM kept, unnest(${rows.map((r) => r.address)}::text[], ${rows.map((r) => r.role)}::text[],
                    ${texts(rows.map((r) => r.weight))}::text[]::float8[],
                    ${texts(rows.map((r) => r.share))}::text[]::float8[]) AS r (address, role, weight, share)
      ON CONFLICT (address, topic_id, role) DO UPDATE
        SET last_nonce = greatest(s.last_nonce, excluded.last_nonce), weight = excluded.weight,
            weight_share = excluded.weight_share, weight_nonce = excluded.weight_nonce
      WHERE s.weight_nonce IS NULL OR s.weight_nonce <= excluded.weight_nonce`;
  }

  async applyScores(tx: Tx, scores: EpochScores): Promise<void> {
    const worker =
      (role: StandingRole) =>
      (entry: ParticipantScore): ScoreRow => ({
        address: entry.participant,
        role,
        score: entry.score,
        emaScore: entry.emaScore,
        listeningCoefficient: undefined,
      });
    const rows: ScoreRow[] = [
      ...scores.inferers.map(worker('inferer')),
      ...scores.forecasters.map(worker('forecaster')),
      ...scores.reputers.map(({ reputer, score, emaScore, listeningCoefficient }) => ({
        address: reputer,
        role: 'reputer' as const,
        score,
        emaScore,
        listeningCoefficient,
      })),
    ];
    await tx.$executeRaw`
      INSERT INTO gateway.participant_standings AS s
             (address, topic_id, role, last_nonce, score, score_nonce, ema_score, ema_nonce, listening_coefficient)
      SELECT r.address, ${BigInt(scores.topicId)}::bigint, r.role, n.nonce, r.score,
             CASE WHEN r.score IS NULL THEN NULL ELSE n.nonce END, r.ema, n.nonce, r.listening
        FROM unnest(${rows.map((r) => r.address)}::text[], ${rows.map((r) => r.role)}::text[],
                    ${texts(rows.map((r) => r.score))}::text[]::float8[],
                    ${texts(rows.map((r) => r.emaScore))}::text[]::float8[],
                    ${texts(rows.map((r) => r.listeningCoefficient))}::text[]::float8[])
               AS r (address, role, score, ema, listening),
             (VALUES (${BigInt(scores.nonce)}::bigint)) AS n (nonce)
      ON CONFLICT (address, topic_id, role) DO UPDATE
        SET last_nonce = greatest(s.last_nonce, excluded.last_nonce),
            score = coalesce(excluded.score, s.score), score_nonce = coalesce(excluded.score_nonce, s.score_nonce),
            ema_score = coalesce(excluded.ema_score, s.ema_score), ema_nonce = excluded.ema_nonce,
            listening_coefficient = coalesce(excluded.listening_coefficient, s.listening_coefficient)
      WHERE s.ema_nonce IS NULL OR s.ema_nonce <= excluded.ema_nonce`;
  }

  /** Adds up: called once for an epoch. */
  async addPayments(tx: Tx, { topicId, nonce, payments }: EpochRewards): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO gateway.participant_standings AS s (address, topic_id, role, last_nonce, paid_uallo, paid_epochs)
      SELECT p.address, ${BigInt(topicId)}::bigint, p.role, ${BigInt(nonce)}::bigint, p.amount, 1
        FROM unnest(${payments.map((p) => p.participant)}::text[], ${payments.map((p) => standingRole(p.role))}::text[],
                    ${payments.map((p) => p.amountUallo)}::text[]::numeric[]) AS p (address, role, amount)
      ON CONFLICT (address, topic_id, role) DO UPDATE
        SET last_nonce = greatest(s.last_nonce, excluded.last_nonce),
            paid_uallo = s.paid_uallo + excluded.paid_uallo, paid_epochs = s.paid_epochs + 1`;
  }

  async registrations(address: string) {
    return this.database.prisma.gatewayRegistration.findMany({
      where: { address },
      orderBy: [{ topicId: 'asc' }, { role: 'asc' }],
    });
  }

  async standings(address: string) {
    return this.database.prisma.participantStanding.findMany({
      where: { address },
      orderBy: [{ topicId: 'asc' }, { role: 'asc' }],
    });
  }
}
