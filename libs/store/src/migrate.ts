import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';

export type MigrationCode = 'DIRECTORY_MISSING' | 'CHECKSUM_DIFFERS' | 'UNFINISHED' | 'FAILED' | 'PENDING';

export class MigrationError extends Error {
  override readonly name = 'MigrationError';
  constructor(
    readonly code: MigrationCode,
    /** Folder name of the migration, or the migrations directory. */
    readonly migration: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${migration}: ${detail}`, options);
  }
}

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

interface HistoryRow {
  migration_name: string;
  checksum: string;
  finished: boolean;
}

/** Prisma Migrate's own lock, so that its CLI and starting services wait for each other. */
const advisoryLock = 72_707_369;

const historyTable = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL,
    logs TEXT,
    rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

async function connected(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  return client;
}

/**
 * Brings the database up to the migrations on disk as `prisma migrate deploy` does, within a service's start and without
 * the CLI's second; the history is Prisma's. Returns the names applied by this call. A recorded migration that is not on
 * disk is left alone: during a roll-out an older replica may start on a newer database.
 */
export async function migrate(
  databaseUrl: string,
  directory = path.join(process.cwd(), 'prisma', 'migrations'),
): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const client = await connected(databaseUrl);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock]); // falls with the connection
    await client.query('SET client_min_messages = warning');
    await client.query(historyTable);
    const pending = pendingOf(migrations, await readHistory(client));
    for (const migration of pending) await apply(client, migration);
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** For a role that may read the history and change nothing: throws where a migration is still to be applied. */
export async function checkMigrated(
  databaseUrl: string,
  directory = path.join(process.cwd(), 'prisma', 'migrations'),
): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const client = await connected(databaseUrl);
  try {
    const { rows } = await client.query<{ there: boolean }>(
      `SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS there`,
    );
    const history = rows[0]!.there ? await readHistory(client) : new Map<string, HistoryRow>();
    const [pending] = pendingOf(migrations, history);
    if (!pending) return [];
    throw new MigrationError('PENDING', pending.name, 'is not applied yet: run the migration job first');
  } finally {
    await client.end();
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    throw new MigrationError('DIRECTORY_MISSING', directory, 'cannot read the migrations directory', {
      cause,
    });
  });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const bytes = await readFile(path.join(directory, name, 'migration.sql'));
      return {
        name,
        sql: bytes.toString('utf8'),
        checksum: createHash('sha256').update(bytes).digest('hex'),
      };
    }),
  );
}

async function readHistory(client: pg.Client): Promise<Map<string, HistoryRow>> {
  const { rows } = await client.query<HistoryRow>(
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished
       FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`,
  );
  return new Map(rows.map((row) => [row.migration_name, row]));
}

function pendingOf(migrations: Migration[], history: Map<string, HistoryRow>): Migration[] {
  return migrations.filter(({ name, checksum }) => {
    const row = history.get(name);
    if (!row) return true;
    if (!row.finished) {
      throw new MigrationError(
        'UNFINISHED',
        name,
        'an earlier run did not finish it: see prisma migrate resolve',
      );
    }
    if (row.checksum !== checksum) {
      throw new MigrationError(
        'CHECKSUM_DIFFERS',
        name,
        'the file was changed after it was applied: write a new one',
      );
    }
    return false;
  });
}

/** In one transaction with its history row, so a failure leaves nothing behind (and rules out CREATE INDEX CONCURRENTLY). */
async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new MigrationError('FAILED', name, cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
}
