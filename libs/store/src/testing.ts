import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { ensureStack } from '../../../deploy/stack/stack';
import { migrate } from './migrate';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

const migrationsDirectory = path.resolve(import.meta.dirname, '../../../prisma/migrations');

/** A database of its own for one test file: a clone (0.1 s) of a template that was migrated once for these migrations. */
export async function createTestDatabase(directory = migrationsDirectory): Promise<TestDatabase> {
  const { databaseUrl: serverUrl } = await ensureStack({ parts: ['postgres'] });
  const template = `allora_template_${digestOf(directory)}`;
  const name = `allora_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await onServer(serverUrl, async (server) => {
    // Held to the end: a template that someone is connected to cannot be cloned.
    await server.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [template]);
    const { rowCount } = await server.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (!rowCount) await makeTemplate(server, serverUrl, template, directory);
    await server.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    // A commit does not wait for the disk: what a crash of the server would lose is of no use without the test.
    await server.query(`ALTER DATABASE ${name} SET synchronous_commit = off`);
  });
  return {
    url: withDatabase(serverUrl, name),
    drop: () =>
      onServer(serverUrl, async (server) => void (await server.query(`DROP DATABASE ${name} WITH (FORCE)`))),
  };
}

/** Under another name until it is complete: a run that dies half-way leaves no half template behind. */
async function makeTemplate(
  server: pg.Client,
  serverUrl: string,
  template: string,
  directory: string,
): Promise<void> {
  const draft = `${template}_draft`;
  await server.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
  await server.query(`CREATE DATABASE ${draft} TEMPLATE template0`);
  await migrate(withDatabase(serverUrl, draft), directory);
  await server.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
}

async function onServer(url: string, work: (server: pg.Client) => Promise<void>): Promise<void> {
  const server = new pg.Client({ connectionString: url });
  await server.connect();
  try {
    await work(server);
  } finally {
    await server.end();
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

function digestOf(directory: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
    if (file.endsWith('.sql')) hash.update(file).update(readFileSync(path.join(directory, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
