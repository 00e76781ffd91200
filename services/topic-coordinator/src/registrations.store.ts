import { type Registration, Role } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';

export type RegistrationKey = Pick<Registration, 'topicId' | 'address' | 'role'>;

/** All SQL on registrations, and on who was a shadow when. */
@Injectable()
export class RegistrationsStore {
  async find(tx: Tx, { topicId, address, role }: RegistrationKey): Promise<Registration | undefined> {
    const rows = await tx.$queryRaw<{ height: bigint; shadow: boolean }[]>`
      SELECT height, shadow FROM topic_coordinator.registrations
      WHERE topic_id = ${String(topicId)}::bigint AND address = ${address} AND role = ${role}::smallint`;
    return rows[0] && { topicId, address, role, height: Number(rows[0].height), shadow: rows[0].shadow };
  }

  /** For the first time, or with another standing. */
  async put(tx: Tx, { topicId, address, role, height, shadow }: Registration): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO topic_coordinator.registrations (topic_id, address, role, height, shadow)
      VALUES (${String(topicId)}::bigint, ${address}, ${role}::smallint, ${String(height)}::bigint, ${shadow})
      ON CONFLICT (topic_id, address, role) DO UPDATE SET height = excluded.height, shadow = excluded.shadow`;
  }

  /** What a worker stands as from the height on; of the same height the last word holds. */
  async noteStanding(tx: Tx, { topicId, address, height, shadow }: Registration): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO topic_coordinator.worker_standings (topic_id, address, height, shadow)
      VALUES (${String(topicId)}::bigint, ${address}, ${String(height)}::bigint, ${shadow})
      ON CONFLICT (topic_id, address, height) DO UPDATE SET shadow = excluded.shadow`;
  }

  async countShadows(tx: Tx, topicId: number): Promise<number> {
    const [row] = await tx.$queryRaw<{ count: number }[]>`
      SELECT count(*)::integer AS count FROM topic_coordinator.registrations
      WHERE topic_id = ${String(topicId)}::bigint AND role = ${Role.WORKER}::smallint AND shadow`;
    return row?.count ?? 0;
  }

  /**
   * Who is a shadow in the epoch of a nonce, ascending: a change counts from the first nonce above its height, a first registration
   * at once.
   */
  async shadowsAt(tx: Tx, topicId: number, nonce: number): Promise<string[]> {
    const rows = await tx.$queryRaw<{ address: string }[]>`
      SELECT address FROM (
        SELECT DISTINCT ON (address) address, shadow FROM topic_coordinator.worker_standings
        WHERE topic_id = ${String(topicId)}::bigint
        ORDER BY address, height < ${String(nonce)}::bigint DESC,
                 CASE WHEN height < ${String(nonce)}::bigint THEN -height ELSE height END) AS standing
      WHERE shadow ORDER BY address COLLATE "C"`;
    return rows.map(({ address }) => address);
  }
}
