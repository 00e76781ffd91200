import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbeddedPostgres } from './embedded-postgres';
import { postmasterOf } from './postgres-postmaster';

let root: string;
const lines: string[] = [];
const log = (line: string) => void lines.push(line);

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'allora-embedded-'));
  chmodSync(root, 0o755); // else the postgres user could not enter it
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

async function query(connectionString: string, sql: string): Promise<pg.QueryResultRow[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<pg.QueryResultRow>(sql)).rows;
  } finally {
    await client.end();
  }
}

it('starts, sorts text by bytes, keeps data and stops', async () => {
  const dataDir = path.join(root, 'one');
  const first = await startEmbeddedPostgres({ dataDir, log });
  await query(first.url, `CREATE TABLE id AS SELECT * FROM unnest(ARRAY['b', 'a', 'B', 'ä']) AS v`);
  await first.stop();
  expect(postmasterOf(first.dataDir)).toBeUndefined();
  const second = await startEmbeddedPostgres({ dataDir, log });
  expect(await query(second.url, `SELECT string_agg(v, '' ORDER BY v) AS all FROM id`)).toEqual([
    { all: 'Babä' },
  ]);
  await second.stop();
});

it('takes over the server that a crashed run left, and stops it', async () => {
  const options = { dataDir: path.join(root, 'two'), log };
  const left = await startEmbeddedPostgres(options);
  const taken = await startEmbeddedPostgres(options);
  expect(taken).toMatchObject({ pid: left.pid, url: left.url });
  await taken.stop();
  expect(postmasterOf(taken.dataDir)).toBeUndefined();
});

it('recovers after a kill, though a stranger has the pid in its lock file', async () => {
  const options = { dataDir: path.join(root, 'three'), log };
  const killed = await startEmbeddedPostgres(options);
  await query(killed.url, 'CREATE TABLE kept AS SELECT 7 AS v');
  process.kill(killed.pid, 'SIGKILL');
  const stranger = spawn('sleep', ['60']);
  writeFileSync(
    path.join(killed.dataDir, 'postmaster.pid'),
    `${stranger.pid}\n${killed.dataDir}\n0\n${killed.port}\n\n\n\n`,
  );
  const again = await startEmbeddedPostgres(options);
  expect(await query(again.url, 'SELECT v FROM kept')).toEqual([{ v: 7 }]);
  await again.stop();
  expect(stranger.exitCode).toBeNull();
  stranger.kill();
});

it('refuses data of another major version', async () => {
  const options = { dataDir: path.join(root, 'four'), log };
  const server = await startEmbeddedPostgres(options);
  await server.stop();
  writeFileSync(path.join(server.dataDir, 'PG_VERSION'), '9\n');
  await expect(startEmbeddedPostgres(options)).rejects.toMatchObject({ code: 'DATA_VERSION' });
});

it.runIf(userInfo().uid === 0)(
  'goes to the temporary folder where the postgres user cannot follow',
  async () => {
    const closed = path.join(root, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const server = await startEmbeddedPostgres({ dataDir: path.join(closed, 'data'), log });
    expect(server.dataDir.startsWith(path.join(tmpdir(), 'allora-postgres-data-'))).toBe(true);
    await server.stop();
    rmSync(path.dirname(server.dataDir), { recursive: true, force: true });
  },
);
