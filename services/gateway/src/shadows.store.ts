import type { NetworkLosses } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import { Database, type Tx } from '@allora/store/database';
import { Prisma, type ShadowStanding } from '@allora/store/gen/prisma/client';
import { Injectable } from '@nestjs/common';
import { roleText } from './proto';

export type KnownShadow = ShadowStanding & { readonly current: boolean };

const texts = (values: readonly (number | undefined)[]) =>
  values.map((x) => (x === undefined ? null : String(x)));

/** How shadows have done. Epochs of a topic come in order, each once, so sums are the same for every reading of the log. */
@Injectable()
export class ShadowsStore {
  constructor(private readonly database: Database) {}

  /** Where `kept` has a row; undefined when there is none. */
  answersOf({ shadowInferers, shadowForecasters }: NetworkInference): Prisma.Sql | undefined {
    const rows = [
      ...shadowInferers.map(({ inferer, weight }) => ({ address: inferer, role: 'inferer', weight })),
      ...shadowForecasters.map(({ forecaster, weight }) => ({
        ...{ address: forecaster, role: 'forecaster', weight },
      })),
    ];
    if (rows.length === 0) return undefined;
    return Prisma.sql`
      INSERT INTO gateway.shadow_standings AS s (address, topic_id, role, answered_epochs, last_nonce, weight)
      SELECT r.address, kept.topic_id, r.role, 1, kept.nonce, r.weight
        FROM kept, unnest(${rows.map((r) => r.address)}::text[], ${rows.map((r) => r.role)}::text[],
                    ${texts(rows.map((r) => r.weight))}::text[]::float8[]) AS r (address, role, weight)
      ON CONFLICT (address, topic_id, role) DO UPDATE
        SET answered_epochs = s.answered_epochs + 1, last_nonce = excluded.last_nonce, weight = excluded.weight`;
  }

  async addLosses(
    tx: Tx,
    { topicId, nonce, shadowInferers, shadowForecasters }: NetworkLosses,
  ): Promise<void> {
    const rows = [
      ...shadowInferers.map((losses) => ({ ...losses, role: 'inferer' })),
      ...shadowForecasters.map((losses) => ({ ...losses, role: 'forecaster' })),
    ];
    if (rows.length === 0) return;
    await tx.$executeRaw`
      INSERT INTO gateway.shadow_standings AS s
             (address, topic_id, role, scored_epochs, helped_epochs, scored_nonce, loss, contribution, loss_sum, contribution_sum)
      SELECT r.address, ${BigInt(topicId)}::bigint, r.role, 1, (r.contribution > 0)::int, ${BigInt(nonce)}::bigint,
             r.loss, r.contribution, r.loss, r.contribution
        FROM unnest(${rows.map((r) => r.worker)}::text[], ${rows.map((r) => r.role)}::text[],
                    ${texts(rows.map((r) => r.loss))}::text[]::float8[],
                    ${texts(rows.map((r) => r.contribution))}::text[]::float8[])
               AS r (address, role, loss, contribution)
      ON CONFLICT (address, topic_id, role) DO UPDATE
        SET scored_epochs = s.scored_epochs + 1, helped_epochs = s.helped_epochs + excluded.helped_epochs,
            scored_nonce = excluded.scored_nonce, loss = excluded.loss, contribution = excluded.contribution,
            loss_sum = s.loss_sum + excluded.loss, contribution_sum = s.contribution_sum + excluded.contribution`;
  }

  /** Of a topic or of an address, in ascending order of both. */
  async list(where: { readonly topicId: number } | { readonly address: string }): Promise<KnownShadow[]> {
    const of = 'topicId' in where ? { topicId: BigInt(where.topicId) } : where;
    const standings = await this.database.prisma.shadowStanding.findMany({
      where: of,
      orderBy: [{ topicId: 'asc' }, { address: 'asc' }, { role: 'asc' }],
    });
    if (standings.length === 0) return [];
    const registered = await this.database.prisma.gatewayRegistration.findMany({
      where: { ...of, role: roleText(Role.WORKER), shadow: true },
    });
    const places = new Set(registered.map(({ topicId, address }) => `${topicId} ${address}`));
    return standings.map((one) => ({ ...one, current: places.has(`${one.topicId} ${one.address}`) }));
  }
}
