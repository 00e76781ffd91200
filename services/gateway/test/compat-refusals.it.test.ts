import 'reflect-metadata';
import type { RunningApp } from '@allora/service-kit/app';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueKey } from './api-keys';
import { GatewayApps } from './apps';
import { CompatClient, topicsPageShape } from './compat-client';
import { inferencePath, signing, TOPICS } from './compat-settings';

const apps = new GatewayApps();
let app: RunningApp;
/** Asks for keys, admits few requests of an address, and reaches no coordinator. */
let guarded: RunningApp;
let issuedKey: string;
let client: CompatClient;

beforeAll(async () => {
  app = await apps.start({ ...signing, corsOrigins: ['https://app.example'] });
  guarded = await apps.start({
    ...signing,
    compatRequireKey: true,
    rateLimitPerAddress: 40,
    coordinatorGrpcAddress: '127.0.0.1:1',
  });
  issuedKey = await issueKey(guarded);
  client = new CompatClient(`${app.httpUrl}/v2`);
});

afterAll(() => apps.close());

describe('whatever fails', () => {
  it('is told in the envelope, also where no handler is', async () => {
    for (const [base, path] of [
      ['/v2', 'allora/nothing'],
      ['/v2', 'nothing'],
      ['/v2', ''],
      ['', 'allora/a/b/c'],
      ['/v2', 'allora/tokens-oracle/token/1'],
      ['/v2', 'allora/users/connect'],
      ['/v2', 'allora/points/1'],
    ] as const) {
      const refusal = await new CompatClient(app.httpUrl + base).refused(path);
      expect(refusal).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const refusal = await client.refused(TOPICS, { method, ...(method === 'POST' ? { body: '{' } : {}) });
      expect(refusal).toMatchObject({ status: 405, body: { code: 'METHOD_NOT_ALLOWED' } });
      expect(refusal.headers.get('allow')).toBe('GET, HEAD');
    }
    expect((await fetch(`${app.httpUrl}/v2/${TOPICS}`, { method: 'HEAD' })).status).toBe(200);
  });

  it('is market data, which the network has none of', async () => {
    for (const path of [
      'allora/market-data/ohlc?tickers=btcusd&from_date=2026-01-01',
      'allora/market-data/ohlc/buckets/by-month?tickers=btcusd&from_month=2026-01',
    ])
      expect(await client.refused(path)).toMatchObject({
        status: 404,
        body: { apiResponseMessage: expect.stringContaining('keeps no market data') },
      });
  });

  it('is an address that does not parse, or is too long', async () => {
    // Refused before there is a path to tell the envelope by: JSON, which is what clients need, and no more.
    const unparsable = await fetch(`${app.httpUrl}/v2/allora/%zz`);
    expect(unparsable.status).toBe(400);
    expect(await unparsable.json()).toMatchObject({ code: 'MALFORMED' });
    const tooLong = await fetch(`${app.httpUrl}/v2/${TOPICS}?x=${'y'.repeat(20_000)}`);
    expect(tooLong.status).toBe(431);
    expect(await tooLong.json()).toMatchObject({ statusCode: 431 });
  });

  it('can be read by pages of the origins that are configured, and so can answers', async () => {
    const origin = 'https://app.example';
    const preflight = (from: string) =>
      fetch(`${app.httpUrl}/v2/${TOPICS}`, {
        method: 'OPTIONS',
        headers: {
          origin: from,
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'content-type,x-api-key',
        },
      });
    const allowed = await preflight(origin);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(origin);
    expect(allowed.headers.get('access-control-allow-methods')).toContain('GET');
    for (const header of ['content-type', 'x-api-key'])
      expect(allowed.headers.get('access-control-allow-headers')).toContain(header);
    for (const path of [TOPICS, inferencePath(404)]) {
      const answer = await fetch(`${app.httpUrl}/v2/${path}`, { headers: { origin } });
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    }
    const other = await preflight('https://other.example');
    expect(other.status).toBe(405);
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    expect(await other.json()).toMatchObject({ status: false, code: 'METHOD_NOT_ALLOWED' });
  });

  it('stays a problem outside these paths', async () => {
    const response = await fetch(`${app.httpUrl}/v1/topics/x`);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  it('is a missing or unknown key where keys are configured', async () => {
    const base = `${guarded.httpUrl}/v2`;
    expect(await new CompatClient(base, issuedKey).get(TOPICS, topicsPageShape)).toEqual({
      topics: [],
      continuation_token: null,
    });
    for (const key of [undefined, 'UP-unknown', issuedKey.toLowerCase(), `${issuedKey.slice(0, -4)}beef`]) {
      const refusal = await new CompatClient(base, key).refused(TOPICS);
      expect(refusal).toMatchObject({ status: 401, body: { code: 'UNKNOWN_API_KEY' } });
      expect(JSON.stringify(refusal.body)).not.toContain(issuedKey.slice(3, 19));
    }
  });

  it('is a key without the scope to read, or one that has used up its own limit', async () => {
    const scopeless = await issueKey(guarded, { scopes: ['stream'] });
    expect(await new CompatClient(`${guarded.httpUrl}/v2`, scopeless).refused(TOPICS)).toMatchObject({
      status: 403,
      body: { code: 'SCOPE_MISSING' },
    });
    const limited = new CompatClient(`${guarded.httpUrl}/v2`, await issueKey(guarded, { perWindow: 1 }));
    await limited.get(TOPICS, topicsPageShape);
    const refusal = await limited.refused(TOPICS);
    expect(refusal).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' } });
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('is a part of the network that is away, or broken', async () => {
    const asking = new CompatClient(`${guarded.httpUrl}/v2`, issuedKey);
    const away = await asking.refused(inferencePath(1));
    expect(away).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
    await guarded.database.prisma.$executeRaw`ALTER TABLE gateway.topic_totals RENAME TO broken`;
    const broken = await asking.refused(TOPICS);
    expect(broken).toMatchObject({ status: 500, body: { code: 'INTERNAL' } });
    // What a table is called is nobody's business.
    expect(JSON.stringify(broken.body)).not.toMatch(/topic_totals|prisma|select/i);
  });

  it('is too many requests of an address', async () => {
    const anonymous = new CompatClient(`${guarded.httpUrl}/v2`);
    let refusal = await anonymous.refused(TOPICS);
    for (let asked = 1; asked <= 40 && refusal.status === 401; asked++)
      refusal = await anonymous.refused(TOPICS);
    expect(refusal.status).toBe(429);
    expect(refusal.body.code).toBe('RATE_LIMITED');
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
