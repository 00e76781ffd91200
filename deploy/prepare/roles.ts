import type { ServiceName } from '@allora/contracts/catalog';
import pg from 'pg';

export interface ServiceRole {
  readonly service: ServiceName;
  /** With which the service connects: its user and password are the role's. */
  readonly url: string;
}

/** PostgreSQL schema of a service; nobody else's role may look into it. */
export const schemaOf = (service: ServiceName): string => service.replaceAll('-', '_');

/** Of all services, each of which sees its own rows only. The log of BUS=embedded is left out: roles are for Kafka. */
const sharedTables = ['bus.outbox', 'bus.inbox'];

/**
 * Makes or renews the login roles of the services. `ownerUrl` is of the user that migrates, which owns the tables and may
 * make roles. May be run again at any time, and is after each migration. All in one transaction.
 */
export async function setUpRoles(ownerUrl: string, roles: readonly ServiceRole[]): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('BEGIN');
    // The policies are renewed under the eyes of a running release, which must not wait behind this: rather fail, and be run again.
    await client.query("SET LOCAL lock_timeout = '5s'");
    for (const statement of sharedStatements()) await client.query(statement);
    for (const role of roles) await setUpRole(client, role);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

async function setUpRole(client: pg.Client, { service, url }: ServiceRole): Promise<void> {
  const { username, password } = new URL(url);
  const name = decodeURIComponent(username);
  const secret = decodeURIComponent(password);
  if (name === '' || secret === '')
    throw new Error(`${service}: its database URL names no user and password`);
  const owner = await client.query<{ name: string }>('SELECT current_user AS name');
  if (owner.rows[0]!.name === name)
    throw new Error(`${service}: its role is the owner's, which may do everything`);
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
  const role = client.escapeIdentifier(name);
  await client.query(
    `${rowCount ? 'ALTER' : 'CREATE'} ROLE ${role} LOGIN NOCREATEDB NOCREATEROLE PASSWORD ${client.escapeLiteral(secret)}`,
  );
  for (const statement of statementsOf(service, role, client.escapeLiteral(service)))
    await client.query(statement);
}

/** Row security does not bind the owner of a table, who migrates. */
const sharedStatements = (): string[] => [
  'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
  ...sharedTables.map((table) => `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`),
];

function statementsOf(service: ServiceName, role: string, serviceText: string): string[] {
  const schema = schemaOf(service);
  const policy = `${schema}_rows`;
  return [
    `GRANT USAGE ON SCHEMA ${schema}, bus, public TO ${role}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role}`,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${sharedTables.join(', ')} TO ${role}`,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA bus TO ${role}`,
    `GRANT SELECT ON public._prisma_migrations TO ${role}`,
    ...sharedTables.flatMap((table) => [
      `DROP POLICY IF EXISTS ${policy} ON ${table}`,
      `CREATE POLICY ${policy} ON ${table} TO ${role} USING (service = ${serviceText}) WITH CHECK (service = ${serviceText})`,
    ]),
  ];
}
