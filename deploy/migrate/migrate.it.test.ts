import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@allora/store/embedded-postgres';
import { migrate, MigrationError } from '@allora/store/migrate';
import { runPrisma } from './prisma-cli';

const repository = path.resolve(import.meta.dirname, '..', '..');

const schema = `
generator client {
  provider = "prisma-client"
  output   = "../../gen"
}
datasource db {
  provider = "postgresql"
  schemas  = ["first", "second"]
}
enum Kind {
  A
  B
  @@schema("first")
}
model Topic {
  id     String  @id
  kind   Kind    @default(A)
  amount Decimal @db.Decimal(38, 0)
  parts  Part[]
  @@index([kind, amount(sort: Desc)])
  @@schema("first")
}
model Part {
  id      BigInt   @id @default(autoincrement())
  topicId String   @map("topic_id")
  at      DateTime @default(now()) @db.Timestamptz(6)
  topic   Topic    @relation(fields: [topicId], references: [id])
  @@map("parts")
  @@schema("second")
}
`;

let server: EmbeddedPostgres;
let root: string;
let project: string;
let databaseUrl: string;
let projects = 0;

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'allora-migrate-'));
  server = await startEmbeddedPostgres({
    dataDir: mkdtempSync(path.join(tmpdir(), 'allora-migrate-pg-')),
    log: () => undefined,
  });
});

afterAll(async () => {
  await server.stop();
  rmSync(path.dirname(server.dataDir), { recursive: true, force: true });
  rmSync(root, { recursive: true, force: true });
});

/** A project of its own and an empty database per test. */
beforeEach(async () => {
  const name = `project_${++projects}`;
  await query(server.url, `CREATE DATABASE ${name}`);
  databaseUrl = server.url.replace(/[^/]+$/, name);
  project = path.join(root, name);
  mkdirSync(path.join(project, 'prisma', 'schema'), { recursive: true });
  writeFileSync(path.join(project, 'prisma', 'schema', 'base.prisma'), schema);
  cpSync(path.join(repository, 'prisma.config.ts'), path.join(project, 'prisma.config.ts'));
  symlinkSync(path.join(repository, 'node_modules'), path.join(project, 'node_modules'));
});

const migrations = () => path.join(project, 'prisma', 'migrations');
const prisma = (...args: string[]) => runPrisma({ args, cwd: project, databaseUrl, capture: true });
const diff = [
  'migrate',
  'diff',
  '--from-migrations',
  'prisma/migrations',
  '--to-schema',
  'prisma/schema',
  '--exit-code',
];

async function query<T extends pg.QueryResultRow>(connectionString: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

function addMigration(name: string, sql: string): void {
  mkdirSync(path.join(migrations(), name), { recursive: true });
  writeFileSync(path.join(migrations(), name, 'migration.sql'), sql);
  writeFileSync(path.join(migrations(), 'migration_lock.toml'), 'provider = "postgresql"\n');
}

/** Prisma's CLI writes the first migration of the small schema above. */
async function firstMigration(): Promise<string> {
  const { exitCode, output } = await prisma('migrate', 'dev', '--name', 'init', '--create-only');
  expect(exitCode, output).toBe(0);
  return readdirSync(migrations()).find((entry) => entry.endsWith('_init')) ?? '';
}

describe('the repository', () => {
  const copyOfRepository = () => {
    rmSync(path.join(project, 'prisma'), { recursive: true });
    cpSync(path.join(repository, 'prisma'), path.join(project, 'prisma'), { recursive: true });
  };

  it('has migrations that say what its schema says', async () => {
    copyOfRepository();
    const { exitCode, output } = await prisma(...diff);
    expect(exitCode, output).toBe(0);
  });

  it('would be told if they did not: a dummy engine exits 0 whatever the schema', async () => {
    copyOfRepository();
    const model = 'model Forgotten {\n  id String @id\n  @@schema("bus")\n}\n';
    appendFileSync(path.join(project, 'prisma', 'schema', 'base.prisma'), model);
    const { exitCode, output } = await prisma(...diff);
    expect(exitCode, output).toBe(2);
    expect(output).toContain('Forgotten');
  });

  it('starts an empty database', async () => {
    copyOfRepository();
    expect(await migrate(databaseUrl, migrations())).not.toEqual([]);
    expect((await prisma('migrate', 'status')).exitCode).toBe(0);
  });
});

describe("Prisma's CLI on our engine", () => {
  it('writes a migration that diff then finds complete, and misses an added field', async () => {
    await firstMigration();
    expect((await prisma(...diff)).exitCode).toBe(0);
    const changed = schema.replace('model Topic {', 'model Topic {\n  added String?');
    writeFileSync(path.join(project, 'prisma', 'schema', 'base.prisma'), changed);
    const { exitCode, output } = await prisma(...diff);
    expect(exitCode, output).toBe(2);
    expect(output).toContain('added');
  });

  it('leaves no shadow database behind', async () => {
    await firstMigration();
    await prisma(...diff);
    const shadows = `SELECT datname FROM pg_database WHERE datname LIKE 'prisma_migrate_shadow%'`;
    expect(await query(server.url, shadows)).toEqual([]);
  });

  it('sends a script whole: semicolons inside functions and strings do not cut it', async () => {
    const body = `CREATE FUNCTION answer() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM 'a;b'; RETURN 42; END $$;`;
    addMigration(
      '20260101000000_function',
      `${body}\n-- a comment; with one\nCREATE TABLE t (v text DEFAULT 'x;y');`,
    );
    const { exitCode, output } = await prisma('migrate', 'deploy');
    expect(exitCode, output).toBe(0);
    expect(await query(databaseUrl, 'SELECT answer()')).toEqual([{ answer: 42 }]);
  });

  it('names an unreachable database and fails', async () => {
    const args = ['migrate', 'deploy'];
    addMigration('20260101000000_one', 'SELECT 1');
    const { exitCode, output } = await runPrisma({
      args,
      cwd: project,
      databaseUrl: 'postgresql://a:b@127.0.0.1:1/c',
      capture: true,
    });
    expect(exitCode).toBe(1);
    expect(output).toContain('P1001');
  });

  it('makes a database that does not exist', async () => {
    addMigration('20260101000000_one', 'CREATE TABLE one ()');
    databaseUrl = `${databaseUrl}_new`;
    const { exitCode, output } = await prisma('migrate', 'deploy');
    expect(exitCode, output).toBe(0);
  });
});

describe('migrate()', () => {
  it('writes the history that the CLI reads', async () => {
    const name = await firstMigration();
    expect(await migrate(databaseUrl, migrations())).toEqual([name]);
    const status = await prisma('migrate', 'status');
    expect(status.exitCode, status.output).toBe(0);
    expect(status.output).toContain('up to date');
    expect((await prisma('migrate', 'deploy')).output).toContain('No pending migrations');
    const dev = await prisma('migrate', 'dev', '--name', 'nothing');
    expect(dev.output).toContain('Already in sync');
  });

  it('reads the history that the CLI writes', async () => {
    await firstMigration();
    expect((await prisma('migrate', 'deploy')).exitCode).toBe(0);
    expect(await migrate(databaseUrl, migrations())).toEqual([]);
  });

  it('applies each once, in order, however many replicas start together', async () => {
    addMigration('20260101000000_one', 'CREATE TABLE one (id int)');
    addMigration('20260101000001_two', 'ALTER TABLE one ADD v text');
    const results = await Promise.all(Array.from({ length: 8 }, () => migrate(databaseUrl, migrations())));
    expect(results.flat()).toEqual(['20260101000000_one', '20260101000001_two']);
  });

  it('refuses a migration that was changed after it was applied', async () => {
    addMigration('20260101000000_one', 'CREATE TABLE one (id int)');
    await migrate(databaseUrl, migrations());
    addMigration('20260101000000_one', 'CREATE TABLE one (id bigint)');
    const refusal = { name: 'MigrationError', code: 'CHECKSUM_DIFFERS', migration: '20260101000000_one' };
    await expect(migrate(databaseUrl, migrations())).rejects.toMatchObject(refusal);
  });

  it('leaves nothing of a migration that fails', async () => {
    addMigration('20260101000000_one', 'CREATE TABLE one (id int); CREATE TABLE one (id int)');
    await expect(migrate(databaseUrl, migrations())).rejects.toMatchObject({ code: 'FAILED' });
    addMigration('20260101000000_one', 'CREATE TABLE one (id int)');
    expect(await migrate(databaseUrl, migrations())).toEqual(['20260101000000_one']);
  });

  it("refuses to go on after the CLI's unfinished one", async () => {
    addMigration('20260101000000_bad', 'SELECT 1/0');
    expect((await prisma('migrate', 'deploy')).exitCode).toBe(1);
    await expect(migrate(databaseUrl, migrations())).rejects.toMatchObject({ code: 'UNFINISHED' });
  });

  it('leaves alone what a newer release has applied', async () => {
    addMigration('20260101000000_one', 'CREATE TABLE one (id int)');
    addMigration('20260101000001_two', 'CREATE TABLE two (id int)');
    await migrate(databaseUrl, migrations());
    rmSync(path.join(migrations(), '20260101000001_two'), { recursive: true });
    expect(await migrate(databaseUrl, migrations())).toEqual([]);
  });

  it('says which directory it cannot read', async () => {
    await expect(migrate(databaseUrl, path.join(project, 'none'))).rejects.toThrow(MigrationError);
  });
});
