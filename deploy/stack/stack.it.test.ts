import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { StackError } from './errors';
import { withLock } from './lock';
import { ensureStack, stackStatus, stopStack } from './stack';
import { type Part, parts, readState } from './state';

/** A stack of its own, so that the developer's keeps running. */
let dir: string;
const lines: string[] = [];
const log = (line: string) => void lines.push(line);
const up = () => ensureStack({ dir, log });
const dead = {
  DATABASE_URL: 'postgresql://u:secret@127.0.0.1:1/x',
  KAFKA_BROKERS: '127.0.0.1:1',
  REDIS_URL: 'redis://127.0.0.1:1',
};

beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'allora-stack-'));
  chmodSync(dir, 0o755); // else the postgres user could not enter it
  for (const variable of Object.keys(dead)) vi.stubEnv(variable, '');
});

afterEach(() => {
  for (const variable of Object.keys(dead)) vi.stubEnv(variable, '');
});

afterAll(async () => {
  await stopStack({ dir, purge: true });
  rmSync(dir, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

async function killHard(part: Part): Promise<void> {
  const pid = readState(dir)[part]?.pid ?? 0;
  expect(pid).toBeGreaterThan(1);
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(async () => expect((await stackStatus(dir)).find((s) => s.part === part)?.up).toBe(false));
}

async function query(connectionString: string, sql: string): Promise<pg.QueryResultRow[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<pg.QueryResultRow>(sql)).rows;
  } finally {
    await client.end();
  }
}

// In order: each test takes the stack as the one before left it.
describe('the stack', () => {
  it('starts all three, for two callers at once', async () => {
    const [one, other] = await Promise.all([up(), up()]);
    expect(one).toEqual(other);
    expect(await stackStatus(dir)).toMatchObject(parts.map((part) => ({ part, up: true })));
  });

  it('keeps data durable and ids in byte order', async () => {
    const { databaseUrl } = await ensureStack({ dir, parts: ['postgres'] });
    await query(databaseUrl, 'CREATE TABLE kept AS SELECT 7 AS v');
    const settings = `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
      datcollate AS collation FROM pg_database WHERE datname = current_database()`;
    expect(await query(databaseUrl, settings)).toEqual([{ fsync: 'on', commit: 'on', collation: 'C' }]);
  });

  it('does nothing when all is up', async () => {
    const before = readState(dir);
    await up();
    expect(readState(dir)).toEqual(before);
  });

  it.each(parts)('brings %s back on the same address after a kill', async (part) => {
    const before = await up();
    await killHard(part);
    expect(await up()).toEqual(before);
  });

  it('stops cleanly and starts again with its data', async () => {
    await stopStack({ dir });
    expect(await stackStatus(dir)).toMatchObject(parts.map((part) => ({ part, up: false })));
    expect(existsSync(path.join(dir, 'postgres', 'data', 'postmaster.pid'))).toBe(false);
    const { databaseUrl } = await up();
    expect(await query(databaseUrl, 'SELECT v FROM kept')).toEqual([{ v: 7 }]);
  });

  it('takes over what runs when its record is lost', async () => {
    const { redis } = readState(dir);
    rmSync(path.join(dir, 'state.json'));
    await ensureStack({ dir, parts: ['redis', 'postgres'], log });
    expect(readState(dir).redis?.pid).not.toBe(redis?.pid);
    await up();
  });

  it('starts over a pid file that names someone else', async () => {
    await stopStack({ dir });
    writeFileSync(path.join(dir, 'redis', 'pid'), String(process.pid));
    writeFileSync(
      path.join(dir, 'postgres', 'data', 'postmaster.pid'),
      `${process.pid}\n/elsewhere\n0\n5432\n\n\n\n`,
    );
    await ensureStack({ dir, parts: ['redis', 'postgres'], log });
  });

  it.each(Object.entries(dead))(
    'fails on an unreachable %s instead of using its own',
    async (variable, address) => {
      vi.stubEnv(variable, address);
      const failure = await up().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StackError);
      expect(failure).toMatchObject({
        code: 'ADDRESS_UNREACHABLE',
        message: expect.stringContaining(variable) as string,
      });
      expect(String(failure)).not.toContain('secret');
    },
  );

  it('uses what the environment names', async () => {
    const { databaseUrl } = await ensureStack({ dir, parts: ['postgres'] });
    vi.stubEnv('DATABASE_URL', databaseUrl);
    const elsewhere = path.join(dir, 'other');
    expect(await ensureStack({ dir: elsewhere, parts: ['postgres'] })).toEqual({ databaseUrl });
    expect(existsSync(elsewhere)).toBe(false);
  });

  it('says what to install when a program is missing', async () => {
    vi.stubEnv('PATH', path.join(dir, 'nothing-here'));
    const failure = ensureStack({ dir: path.join(dir, 'bare'), parts: ['redis'] });
    await expect(failure).rejects.toMatchObject({
      code: 'PROGRAM_MISSING',
      message: expect.stringContaining('apt-get install redis-server') as string,
    });
    vi.unstubAllEnvs();
  });
});

describe('the lock', () => {
  it('lets one in at a time', async () => {
    const folder = path.join(dir, 'lock-test');
    let [inside, most] = [0, 0];
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(folder, log, work)));
    expect(most).toBe(1);
  });

  it('does not wait for a holder that died', async () => {
    const folder = path.join(dir, 'stale-lock');
    mkdirSync(folder);
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('close', resolve));
    writeFileSync(path.join(folder, 'lock'), `${child.pid}\nnode up`);
    expect(
      await withLock(folder, log, async () => readFileSync(path.join(folder, 'lock'), 'utf8')),
    ).toContain(`${process.pid}\n`);
    expect(existsSync(path.join(folder, 'lock'))).toBe(false);
  });
});
