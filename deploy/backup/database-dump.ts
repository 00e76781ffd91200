import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { migrate } from '@allora/store/migrate';
import pg from 'pg';
import { BackupError, readLines, writeLines } from './lines';

/** Lines of a dump, in this order. Rows are PostgreSQL's own text of a row: exact for every type, doubles included. */
type Line =
  | { readonly format: 1; readonly takenAt: string; readonly migrations: readonly string[] }
  | { readonly table: string; readonly rows: readonly string[] }
  | { readonly sequence: string; readonly next: string }
  | { readonly end: true; readonly rows: number };

const ROWS_A_LINE = 2_000;
const migrationsDirectory = path.resolve(import.meta.dirname, '../../prisma/migrations');

/** The same text on both sides, whatever the servers are set to. */
const spelling = `SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres'; SET timezone = 'UTC';
  SET extra_float_digits = 1; SET bytea_output = 'hex'; SET statement_timeout = 0`;

const ownTables = `
  SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
  WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> '_prisma_migrations' ORDER BY 1`;

/** All tables as of one moment, while everything goes on. Returns how many rows there were. */
export async function dumpDatabase(databaseUrl: string, file: string): Promise<number> {
  const client = await connect(databaseUrl);
  let rows = 0;
  const lines = async function* (): AsyncGenerator<Line> {
    for await (const line of snapshot(client)) {
      if ('table' in line) rows += line.rows.length;
      yield line;
    }
    yield { end: true, rows };
  };
  try {
    await writeLines(file, lines());
    return rows;
  } finally {
    await client.end();
  }
}

async function* snapshot(client: pg.Client): AsyncGenerator<Line> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const { rows: applied } = await client.query<{ name: string }>(
    `SELECT migration_name AS name FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1`,
  );
  yield { format: 1, takenAt: new Date().toISOString(), migrations: applied.map(({ name }) => name) };
  for (const { name } of (await client.query<{ name: string }>(ownTables)).rows) {
    await client.query(`DECLARE dump NO SCROLL CURSOR FOR SELECT each::text AS text FROM ${name} AS each`);
    for (;;) {
      const { rows } = await client.query<{ text: string }>(`FETCH ${ROWS_A_LINE} FROM dump`);
      if (rows.length === 0) break;
      yield { table: name, rows: rows.map(({ text }) => text) };
    }
    await client.query('CLOSE dump');
  }
  const { rows: sequences } = await client.query<{ sequence: string; next: string }>(
    `SELECT format('%I.%I', schemaname, sequencename) AS sequence, (last_value + increment_by)::text AS next
     FROM pg_sequences WHERE last_value IS NOT NULL`,
  );
  yield* sequences;
}

/** Into an empty database. Returns how many rows there were; migrations newer than the dump are left to the services. */
export async function restoreDatabase(databaseUrl: string, file: string): Promise<number> {
  const lines = readLines<Line>(file);
  const { value: head } = await lines.next();
  if (!head || !('format' in head)) throw new BackupError(`${file} is not a dump`);
  await refuseFilled(databaseUrl);
  await migrateTo(databaseUrl, head.migrations);
  const client = await connect(databaseUrl);
  try {
    await client.query('BEGIN');
    const rows = await load(client, lines);
    await client.query('COMMIT');
    await client.query('ANALYZE');
    return rows;
  } finally {
    await client.end();
  }
}

async function load(client: pg.Client, lines: AsyncIterable<Line>): Promise<number> {
  // Rows come as they were: what guards and counts them has done so already. It takes a superuser, as for pg_restore.
  await client.query('SET LOCAL session_replication_role = replica').catch((cause: unknown) => {
    throw new BackupError(
      'the database user may not load rows without their triggers: restore as a superuser',
      { cause },
    );
  });
  const { rows: tables } = await client.query<{ name: string }>(ownTables);
  if (tables.length > 0) await client.query(`TRUNCATE ${tables.map(({ name }) => name).join(', ')}`);
  let count = 0;
  for await (const line of lines) {
    if ('table' in line) {
      const { table, rows } = line;
      const row = `SELECT text::${table} AS row FROM unnest($1::text[]) AS text`;
      await client.query(`INSERT INTO ${table} SELECT (row).* FROM (${row}) AS given`, [rows]);
      count += rows.length;
    } else if ('sequence' in line) {
      await client.query('SELECT setval($1::regclass, $2::bigint, false)', [line.sequence, line.next]);
    } else if ('end' in line) {
      if (line.rows === count) return count;
      throw new BackupError(`the dump should hold ${line.rows} rows and holds ${count}`);
    }
  }
  throw new BackupError('the dump breaks off: it was not taken to its end');
}

async function refuseFilled(databaseUrl: string): Promise<void> {
  const client = await connect(databaseUrl);
  try {
    const { rows } = await client.query<{ name: string }>(ownTables);
    if (rows.length > 0)
      throw new BackupError(`the database holds tables (${rows[0]!.name}, …): give an empty one`);
  } finally {
    await client.end();
  }
}

/** To where the dump was taken. */
async function migrateTo(databaseUrl: string, names: readonly string[]): Promise<void> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'allora-migrations-'));
  try {
    for (const name of names)
      await cp(path.join(migrationsDirectory, name), path.join(directory, name), { recursive: true });
    await migrate(databaseUrl, directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'allora-backup' });
  await client.connect();
  await client.query(spelling);
  return client;
}
