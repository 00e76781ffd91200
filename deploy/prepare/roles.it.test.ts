import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { checkMigrated } from '@allora/store/migrate';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaOf, setUpRoles } from './roles';

const tag = randomBytes(4).toString('hex');
const migrations = path.resolve(import.meta.dirname, '../../prisma/migrations');
const services = ['gateway', 'rewards', 'topic-coordinator'] as const;
type Service = (typeof services)[number];
const roleOf = (service: Service) => `it_${tag}_${schemaOf(service)}`;

let database: TestDatabase;
let owner: pg.Client;

const urlOf = (service: Service, password = `p@ss/${service}`) => {
  const url = new URL(database.url);
  url.username = roleOf(service);
  url.password = encodeURIComponent(password);
  return url.href;
};

async function as<R>(service: Service, work: (client: pg.Client) => Promise<R>): Promise<R> {
  const client = new pg.Client({ connectionString: urlOf(service) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const roles = () => services.map((service) => ({ service, url: urlOf(service) }));

beforeAll(async () => {
  database = await createTestDatabase();
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await setUpRoles(database.url, roles());
});

afterAll(async () => {
  for (const service of services) {
    await owner.query(`DROP OWNED BY ${roleOf(service)}`);
    await owner.query(`DROP ROLE ${roleOf(service)}`);
  }
  await owner.end();
  await database.drop();
});

async function tablesOf(service: Service): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1 ORDER BY 1`,
    [schemaOf(service)],
  );
  return rows.map(({ name }) => name);
}

describe("a service's role", () => {
  it('reads and writes every table of its own schema', async () => {
    for (const service of services) {
      const tables = await tablesOf(service);
      expect(tables.length).toBeGreaterThan(0);
      await as(service, async (client) => {
        for (const table of tables) {
          await client.query(`SELECT * FROM ${table} LIMIT 1`);
          const asked = `SELECT p FROM unnest('{INSERT,UPDATE,DELETE}'::text[]) p WHERE NOT has_table_privilege('${table}', p)`;
          expect((await client.query(asked)).rows, table).toEqual([]);
        }
      });
    }
  });

  it("reads and writes no table of another's schema, and makes none anywhere", async () => {
    for (const service of services) {
      const others = services.filter((other) => other !== service);
      await as(service, async (client) => {
        for (const other of others) {
          for (const table of await tablesOf(other)) {
            await expect(client.query(`SELECT * FROM ${table} LIMIT 1`)).rejects.toThrow('permission denied');
            await expect(client.query(`DELETE FROM ${table} WHERE false`)).rejects.toThrow(
              'permission denied',
            );
          }
        }
        for (const schema of ['public', 'bus', schemaOf(service)]) {
          await expect(client.query(`CREATE TABLE ${schema}.own (a int)`)).rejects.toThrow(
            'permission denied',
          );
        }
        await expect(client.query('SELECT * FROM bus.log_records')).rejects.toThrow('permission denied');
      });
    }
  });

  it('sees its own rows of the outbox and the inbox, and writes in its own name only', async () => {
    const enter = (service: string, eventId: string) =>
      `INSERT INTO bus.inbox (service, event_id) VALUES ('${service}', '${eventId}')`;
    await as('gateway', async (client) => {
      await client.query(enter('gateway', 'a'));
      await expect(client.query(enter('rewards', 'b'))).rejects.toThrow('row-level security');
    });
    await as('rewards', async (client) => {
      await client.query(enter('rewards', 'c'));
      expect((await client.query('SELECT event_id FROM bus.inbox')).rows).toEqual([{ event_id: 'c' }]);
      expect((await client.query('DELETE FROM bus.inbox')).rowCount).toBe(1);
    });
    expect((await owner.query('SELECT event_id FROM bus.inbox')).rows).toEqual([{ event_id: 'a' }]);
  });

  it('may find that every migration is applied, and that one is not', async () => {
    expect(await checkMigrated(urlOf('gateway'), migrations)).toEqual([]);
    await owner.query('BEGIN');
    await owner.query(
      'DELETE FROM _prisma_migrations WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations)',
    );
    await owner.query('COMMIT');
    await expect(checkMigrated(urlOf('gateway'), migrations)).rejects.toMatchObject({ code: 'PENDING' });
  });

  it('is set up again with another password', async () => {
    const url = urlOf('rewards', 'changed');
    await setUpRoles(database.url, [{ service: 'rewards', url }]);
    await expect(as('rewards', (client) => client.query('SELECT 1'))).rejects.toThrow('password');
    await setUpRoles(database.url, roles());
    await as('rewards', (client) => client.query('SELECT 1'));
    await expect(setUpRoles(database.url, [{ service: 'rewards', url: database.url }])).rejects.toThrow(
      "owner's",
    );
  });
});
