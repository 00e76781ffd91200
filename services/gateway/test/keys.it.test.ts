import 'reflect-metadata';
import { hash, randomUUID } from 'node:crypto';
import { Controller, type DynamicModule, Get } from '@nestjs/common';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { ManualClock } from '@allora/service-kit/clock';
import { createTestDatabase } from '@allora/store/testing';
import { apiKeyAnswer, getQuota, shownKeyAnswer } from '@allora/public-api/routes/keys';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureStack } from '../../../deploy/stack/stack';
import { GATEWAY_CONFIG, type GatewayConfig, gatewayConfig } from '../src/config';
import { keyControllers, keyProviders } from '../src/keys/keys';

const START_MS = Date.UTC(2026, 10, 23, 12);
const adminToken = 'the operator token of this test';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redisUrl: string;
const clock = new ManualClock(START_MS);
const chainId = `keys-${randomUUID().slice(0, 8)}`;
const apps: RunningApp[] = [];
let one: RunningApp;
let two: RunningApp;

@Controller('v1/topics')
class Reading {
  @Get()
  topics(): object {
    return { topics: [] };
  }
}

/** What a gateway has to do with keys, and something to read: of whole ones the embedded log has room for one. */
const keysModule = (config: GatewayConfig): DynamicModule => ({
  module: class KeysModule {},
  controllers: [...keyControllers, Reading],
  providers: [{ provide: GATEWAY_CONFIG, useValue: config }, ...keyProviders],
});

/** A replica of one network: the database and Redis are shared. */
async function start(more: object = {}): Promise<RunningApp> {
  const config = gatewayConfig.parse({
    databaseUrl: database.url,
    databasePoolSize: 4,
    redisUrl,
    chainId,
    ...{ httpHost: '127.0.0.1', httpPort: 0, grpcHost: '127.0.0.1', grpcPort: 0, logLevel: 'silent' },
    coordinatorGrpcAddress: 'self',
    adminToken,
    operationsPort: 0,
    // Longer than this test: what it sees of changes elsewhere it was told.
    apiKeyTtlMs: 60_000,
    ...more,
  });
  // The embedded log has one owner.
  const shared = apps[0] ? { transport: apps[0].transport } : {};
  const app = await startApp({ name: 'gateway', config, modules: [keysModule(config)], clock, ...shared });
  apps.push(app);
  return app;
}

async function ask(url: string, { key, ...init }: RequestInit & { key?: string } = {}) {
  const headers = new Headers(init.headers);
  if (key !== undefined) headers.set('x-api-key', key);
  if (typeof init.body === 'string') headers.set('content-type', 'application/json');
  const answer = await fetch(url, { ...init, headers });
  const body = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, headers: answer.headers, body };
}

const operate = (path: string, body?: object, app = one) =>
  ask(`${app.operationsUrl}/operations/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${adminToken}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

async function make(order: object = {}) {
  const { status, body } = await operate('api-keys', { name: 'n', owner: 'o', scopes: ['read'], ...order });
  expect(status).toBe(201);
  return shownKeyAnswer.parse(body);
}

const read = (key: string | undefined, app = one) =>
  ask(`${app.httpUrl}/v1/topics`, key === undefined ? {} : { key });
const quotaOf = async (key: string | undefined, app = one) =>
  getQuota.answers[200].parse((await ask(`${app.httpUrl}/v1/quota`, key === undefined ? {} : { key })).body);

beforeAll(async () => {
  database = await createTestDatabase();
  ({ redisUrl } = await ensureStack({ parts: ['redis'] }));
  one = await start();
  two = await start();
});
afterAll(async () => {
  for (const app of apps.reverse()) await app.close();
  await database.drop();
});

describe('a key', () => {
  it('is shown once, and only its hash is kept', async () => {
    const { key, apiKey } = await make({ name: 'shown', scopes: ['read', 'purchase'], perDay: 7 });
    expect(key).toMatch(/^UP-[0-9a-f]{16}-[0-9a-f]{64}$/);
    expect(key.startsWith(`${apiKey.prefix}-`)).toBe(true);
    const secret = key.slice(-64);
    const again = await operate(`api-keys/${apiKey.id}`);
    expect(apiKeyAnswer.parse(again.body)).toEqual(apiKey);
    const list = await operate('api-keys?owner=o&limit=1000');
    expect(JSON.stringify(list.body)).toContain(apiKey.id);
    expect(JSON.stringify([again.body, list.body])).not.toContain(secret);
    const dump = await one.database.prisma.$queryRaw<{ row: string }[]>`
      SELECT row_to_json(k)::text || encode(k.secret_hash, 'hex') AS row FROM gateway.api_keys k
      UNION ALL SELECT row_to_json(a)::text FROM gateway.audit_log a`;
    expect(dump.map(({ row }) => row).join()).toContain(apiKey.id);
    expect(dump.map(({ row }) => row).join()).not.toContain(secret);
    expect(again.headers.get('cache-control')).toBe('no-store');
  });

  it('opens every replica at once, and what is not quite it opens none', async () => {
    const { key } = await make();
    await vi.waitFor(async () => {
      expect((await read(key, two)).status).toBe(200);
    });
    const other = await make();
    const swapped = key.slice(0, 19) + other.key.slice(19);
    for (const wrong of [
      key.slice(0, -1),
      key.toUpperCase(),
      `${key.slice(0, -4)}0000`,
      swapped,
      'nonsense',
      ' ',
    ]) {
      const { status, body } = await read(wrong);
      expect([wrong, status, body.code]).toEqual([wrong, 401, 'UNKNOWN_API_KEY']);
    }
  });

  it('that everyone has is nobody’s, or refused by configuration', async () => {
    const everyones = 'UP-everyone-has-it';
    const lenient = await start({ publicKeyHashes: [hash('sha256', everyones)] });
    expect((await read(everyones, lenient)).status).toBe(200);
    expect((await quotaOf(everyones, lenient)).caller).toMatchObject({ kind: 'anonymous', apiKeyId: null });
    expect((await read(everyones)).status).toBe(401);
  });

  it('does only what it was made for', async () => {
    const { key } = await make({ scopes: ['purchase'] });
    expect(await read(key)).toMatchObject({ status: 403, body: { code: 'SCOPE_MISSING', scope: 'read' } });
    expect((await quotaOf(key)).caller.scopes).toEqual(['purchase']);
  });

  it('ends at its time', async () => {
    const { key } = await make({ expiresAt: new Date(clock.nowMs() + 60_000).toISOString() });
    expect((await read(key)).status).toBe(200);
    clock.advance(60_001);
    expect((await read(key)).status).toBe(401);
  });

  it('revoked is refused by every replica at once, and stays so', async () => {
    const { key, apiKey } = await make();
    await vi.waitFor(async () => {
      expect((await read(key, two)).status).toBe(200);
    });
    const revoked = await operate(`api-keys/${apiKey.id}/revocation`, {});
    expect(revoked).toMatchObject({ status: 200, body: { state: 'revoked' } });
    expect((await read(key)).status).toBe(401);
    await vi.waitFor(async () => {
      expect((await read(key, two)).status).toBe(401);
    });
    expect((await operate(`api-keys/${apiKey.id}/revocation`, {})).body).toEqual(revoked.body);
    expect(await operate(`api-keys/${apiKey.id}/rotation`, {})).toMatchObject({
      status: 409,
      body: { code: 'KEY_NOT_ACTIVE' },
    });
    expect((await read(key, await start())).status).toBe(401);
  });

  it('revoked where nobody is told is refused after the time to live', async () => {
    const deaf = await start({ redisUrl: undefined, apiKeyTtlMs: 200 });
    const { key, apiKey } = await make();
    await vi.waitFor(async () => {
      expect((await read(key, deaf)).status).toBe(200);
    });
    await operate(`api-keys/${apiKey.id}/revocation`, {});
    await vi.waitFor(async () => {
      expect((await read(key, deaf)).status).toBe(401);
    });
  });

  it('is refused when whether it stands was not known for too long', async () => {
    const { key } = await make();
    expect((await read(key)).status).toBe(200);
    clock.advance(600_001);
    expect(await read(key)).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    expect((await read(undefined)).status).toBe(200);
    clock.advance(-600_001);
  });
});

describe('its holder', () => {
  const self = (key: string | undefined, path: string, body: object = {}) =>
    ask(`${one.httpUrl}/v1/api-keys/self${path}`, {
      ...(key === undefined ? {} : { key }),
      ...(path === '' ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });

  it('replaces it, and both go on for a while, on one quota', async () => {
    const { key, apiKey } = await make({ perDay: 5, scopes: ['read', 'stream'] });
    expect((await self(key, '')).body).toMatchObject({ id: apiKey.id, state: 'active' });
    const answer = await self(key, '/rotation', { overlapSeconds: 60 });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const next = shownKeyAnswer.parse(answer.body);
    expect(next.apiKey).toMatchObject({ scopes: apiKey.scopes, limits: apiKey.limits, owner: apiKey.owner });
    expect((await self(key, '')).body).toMatchObject({ state: 'replaced', replacedBy: next.apiKey.id });
    // Three of five so far, by two keys.
    expect((await quotaOf(next.key)).limits).toMatchObject([
      { policy: 'api-key-day', quota: 5, remaining: 1 },
    ]);
    clock.advance(60_001);
    expect((await read(key)).status).toBe(401);
    expect((await read(next.key)).status).toBe(200);
    expect((await read(next.key)).status).toBe(429);
  });

  it('replaces it once, of many tries at once', async () => {
    const { key } = await make();
    const tries = await Promise.all(Array.from({ length: 5 }, () => self(key, '/rotation')));
    expect(tries.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  it('cannot make it last longer, nor may it do more', async () => {
    const expiresAt = new Date(clock.nowMs() + 3_600_000).toISOString();
    const { key } = await make({ expiresAt });
    for (const more of [
      { expiresAt: null },
      { scopes: ['purchase'] },
      { overlapSeconds: 1e9 },
      { owner: 'x' },
    ]) {
      expect(await self(key, '/rotation', more)).toMatchObject({ status: 400, body: { code: 'MALFORMED' } });
    }
    const next = shownKeyAnswer.parse((await self(key, '/rotation')).body);
    expect(next.apiKey.expiresAt).toBe(expiresAt);
  });

  it('revokes it, and nobody else’s', async () => {
    const [mine, other] = [await make(), await make()];
    for (const way of [`?id=${other.apiKey.id}`, `/${other.apiKey.id}`]) {
      await self(mine.key, `/revocation${way}`, { id: other.apiKey.id });
    }
    expect((await read(other.key)).status).toBe(200);
    const fresh = await make();
    expect((await self(fresh.key, '/revocation')).body).toMatchObject({ state: 'revoked' });
    expect((await read(fresh.key)).status).toBe(401);
    expect(await self(undefined, '/revocation')).toMatchObject({
      status: 401,
      body: { code: 'UNKNOWN_API_KEY' },
    });
  });
});

describe('limits', () => {
  it('are the key’s in place of the address’s, and every answer says how it stands', async () => {
    const app = await start({ rateLimitPerAddress: 2, rateLimitPerApiKey: 4, rateLimitWindowSeconds: 60 });
    const { key } = await make();
    await vi.waitFor(async () => {
      expect((await quotaOf(key, app)).caller.kind).toBe('key');
    });
    const answer = await read(key, app);
    expect(answer.headers.get('ratelimit-policy')).toBe('"api-key";q=4;w=60');
    expect(answer.headers.get('ratelimit')).toMatch(/^"api-key";r=\d;t=\d+$/);
    const statuses = [];
    for (let count = 0; count < 4; count++) statuses.push((await read(key, app)).status);
    expect(statuses.at(-1)).toBe(429);
    const refused = await read(key, app);
    expect(refused).toMatchObject({
      status: 429,
      body: { code: 'RATE_LIMITED', policy: 'api-key', quota: 4 },
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('count wrong keys for the address, so that guessing ends', async () => {
    const app = await start({
      rateLimitPerAddress: 5,
      rateLimitWindowSeconds: 60,
      chainId: `${chainId}-guess`,
    });
    const statuses = [];
    for (let count = 0; count < 7; count++) {
      statuses.push((await read(`UP-${'0'.repeat(16)}-${'0'.repeat(63)}${count}`, app)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect((await read(undefined, app)).status).toBe(429);
  });

  it('of a day and a month outlive a restart, and are admitted exactly by replicas together', async () => {
    const { key } = await make({ perDay: 300, perMonth: 250 });
    const [first, second] = [await start({ redisUrl: undefined }), await start({ redisUrl: undefined })];
    const spend = async (app: RunningApp, count: number) => {
      const answers = await Promise.all(Array.from({ length: count }, () => read(key, app)));
      return answers.filter(({ status }) => status === 200).length;
    };
    expect(await spend(first, 61)).toBe(61);
    await first.close();
    expect(await spend(second, 64)).toBe(64);
    await second.close();
    const third = await start({ redisUrl: undefined });
    // 250 less 125: what the two had not spent of their leases they handed back.
    expect(await spend(third, 140)).toBe(125);
    expect((await read(key, third)).body).toMatchObject({ policy: 'api-key-month' });
    const usage = await one.database.prisma.$queryRaw<{ period: string; used: number }[]>`
      SELECT period, used::int FROM gateway.api_key_usage WHERE lineage = ${key.slice(3, 19)} ORDER BY period`;
    expect(usage).toEqual([
      { period: '2026-11', used: 250 },
      { period: '2026-11-23', used: expect.any(Number) as number },
    ]);
    clock.advance(9 * 86_400_000);
    expect(await spend(await start({ redisUrl: undefined }), 3)).toBe(3);
    clock.advance(-9 * 86_400_000);
  });

  it('have a page for people, which takes no scripts and says names as they are', async () => {
    const { key } = await make({ owner: '<b>o</b>', perDay: 1_000 });
    const answer = await fetch(`${one.httpUrl}/v1/quota`, {
      headers: { 'x-api-key': key, accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
    });
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'; style-src 'sha256-/);
    const page = await answer.text();
    expect(page).toContain('999 of 1,000');
    expect(page).toContain('&lt;b&gt;o&lt;/b&gt;');
    expect(page).not.toContain('<b>');
    expect((await quotaOf(undefined)).limits).toEqual([]);
  });
});

describe('the record', () => {
  it('says who made, replaced and revoked a key, and cannot be changed', async () => {
    const { key, apiKey } = await make();
    const rotated = await ask(`${one.httpUrl}/v1/api-keys/self/rotation`, {
      key,
      method: 'POST',
      headers: { 'x-request-id': 'req-1' },
    });
    const next = shownKeyAnswer.parse(rotated.body).apiKey.id;
    await operate(`api-keys/${apiKey.id}/revocation`, { lineage: true });
    await operate('api-keys/0000000000000000/rotation', {});
    await operate(`api-keys/${apiKey.id}/rotation`, {});
    await vi.waitFor(async () => {
      const { body } = await operate('audit-log?limit=10');
      expect((body.entries as Record<string, unknown>[]).slice(0, 4)).toMatchObject([
        { action: 'POST /operations/api-keys/:id/rotation', facts: { status: 409, code: 'KEY_NOT_ACTIVE' } },
        {
          action: 'api_key.revoked',
          actor: 'operator:ADMIN_TOKEN',
          facts: { revoked: expect.arrayContaining([next]) },
        },
        {
          action: 'api_key.rotated',
          actor: `key:${apiKey.id}`,
          subject: apiKey.id,
          requestId: 'req-1',
          address: '127.0.0.1',
        },
        {
          action: 'api_key.created',
          actor: 'operator:ADMIN_TOKEN',
          subject: apiKey.id,
          facts: { owner: 'o' },
        },
      ]);
    });
    for (const statement of [
      'UPDATE gateway.audit_log SET actor = $$nobody$$',
      'DELETE FROM gateway.audit_log',
      'TRUNCATE gateway.audit_log',
    ]) {
      await expect(one.database.prisma.$executeRawUnsafe(statement)).rejects.toThrow('only added to');
    }
  });

  it('of the last use is written in batches', async () => {
    const app = await start();
    const { key, apiKey } = await make();
    await vi.waitFor(async () => {
      expect((await read(key, app)).status).toBe(200);
    });
    expect((await operate(`api-keys/${apiKey.id}`)).body).toMatchObject({ lastUsedAt: null });
    await app.close();
    const { body } = await operate(`api-keys/${apiKey.id}`);
    expect(body).toMatchObject({ lastUsedAt: new Date(clock.nowMs()).toISOString() });
  });
});
