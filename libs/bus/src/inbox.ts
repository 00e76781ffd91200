import type { Tx } from '@allora/store/database';
import { PREPARED } from '@allora/store/prepared';

const lockName = (service: string, key: string): string => `allora.bus:${service}:${key}`;

/** Waits for the turn of this service and key, on all replicas; it lasts until the transaction ends. */
export async function takeTurn(tx: Tx, service: string, key: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${lockName(service, key)}, 0))`;
}

/**
 * Takes the turn and enters the events into the inbox, in one round trip. Returns those that were not there yet: the rest
 * have taken effect before. The lock comes first, as the rows to insert are joined to it.
 */
export async function takeTurnAndEnter(
  tx: Tx,
  service: string,
  key: string,
  eventIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const fresh = await tx.$queryRaw<{ event_id: string }[]>`${PREPARED}
    WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended(${lockName(service, key)}, 0)))
    INSERT INTO bus.inbox (service, event_id)
    SELECT ${service}, event_id FROM turn, unnest(${eventIds}::text[]) AS event_id
    ON CONFLICT DO NOTHING
    RETURNING event_id`;
  return new Set(fresh.map(({ event_id }) => event_id));
}

const trimRows = 5_000;

/** Forgets events so old that no redelivery can bring them back. Returns how many. */
export async function trimInbox(tx: Tx, service: string, olderThanDays: number): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM bus.inbox WHERE (service, event_id) IN (
      SELECT service, event_id FROM bus.inbox
      WHERE service = ${service} AND processed_at < now() - make_interval(days => ${olderThanDays}::int)
      LIMIT ${trimRows}::int)`;
}
