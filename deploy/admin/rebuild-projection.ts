import pg from 'pg';
import { commitAs, openKafka, type LogAddress, withAdmin } from '../backup/kafka';
import { BackupError } from '../backup/lines';

/**
 * What the gateway keeps of what the others told. Keys, their use, the audit log and purchases are told nowhere else: they stay.
 */
export const projectionTables = [
  'topics',
  'topic_totals',
  'registrations',
  'shadow_standings',
  'open_windows',
  'latest_inferences',
  'epoch_facts',
  'stream_places',
  'stream_heads',
  'inference_history',
  'unread_inferences',
  'participant_standings',
] as const;

const SERVICE = 'gateway';

export interface RebuildSettings {
  readonly databaseUrl: string;
  /** Absent where the log is in the database. */
  readonly log: LogAddress | undefined;
  readonly operator: string;
}

/** Empties the gateway's projection and has the gateway read the log from its first record when it starts. No gateway may run. */
export async function rebuildProjection({ databaseUrl, log, operator }: RebuildSettings): Promise<string[]> {
  if (log) await readFromStart(log);
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'allora-admin' });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`TRUNCATE ${projectionTables.map((table) => `gateway.${table}`).join(', ')}`);
    const { rowCount } = await client.query('DELETE FROM bus.inbox WHERE service = $1', [SERVICE]);
    if (!log) await client.query('DELETE FROM bus.group_offsets WHERE "group" = $1', [`allora.${SERVICE}`]);
    await client.query(
      `INSERT INTO gateway.audit_log (actor, address, request_id, action, subject, facts)
       VALUES ($1, '', '', 'projections rebuild', 'gateway', $2)`,
      [`operator:${operator}`, JSON.stringify({ tables: projectionTables })],
    );
    await client.query('COMMIT');
    return [
      `emptied ${projectionTables.length} tables; ${rowCount ?? 0} records are read again at the next start`,
    ];
  } finally {
    await client.end();
  }
}

async function readFromStart(address: LogAddress): Promise<void> {
  const kafka = openKafka(address);
  const groupId = `${address.prefix}allora.${SERVICE}`;
  const due = await withAdmin(kafka, async (admin) => {
    const { groups } = await admin.describeGroups([groupId]);
    if ((groups[0]?.members.length ?? 0) > 0)
      throw new BackupError('a gateway still runs: stop all its replicas first');
    return (await admin.fetchOffsets({ groupId })).flatMap(({ topic, partitions }) =>
      partitions.map(({ partition }) => ({ topic, partition, offset: '0' })),
    );
  });
  if (due.length > 0) await commitAs(kafka, groupId, due);
}
