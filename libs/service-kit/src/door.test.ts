import 'reflect-metadata';
import { request as httpRequest } from 'node:http';
import { Body, Controller, Get, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type NestFastifyApplication, RouteConfig } from '@nestjs/platform-fastify';
import { RefusalError } from '@allora/contracts/errors';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { type ApiKey, anyKey, keyScope } from './caller';
import { Callers } from './callers';
import { closeHttp, createHttpAdapter, reachableUrl } from './http-server';
import { Log } from './log';
import { MetricsRegistry, requestMetrics } from './metrics';
import { OperationsPort } from './operations.http';
import { Operators } from './operators';
import { ProblemFilter } from './problem.filter';
import { RateLimits } from './rate-limits';

const adminToken = 'a token of this test';
const lines: string[] = [];
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  lines.splice(0);
});

@Controller()
class Routes {
  @Get('v1/topics')
  topics(): object {
    return {};
  }

  @Post('v1/commands')
  command(@Body() { publicKey }: { publicKey?: string }): object {
    if (publicKey === 'forged') throw new RefusalError('BAD_SIGNATURE', 'forged');
    return {};
  }

  @Get('v1/held')
  @RouteConfig(anyKey({ required: true }))
  held(): object {
    return {};
  }

  @Get('v1/stream')
  @RouteConfig(keyScope('stream'))
  stream(): object {
    return {};
  }

  @Get('operations/things')
  things(): object {
    return {};
  }

  @Post('operations/things')
  change(): object {
    return {};
  }

  @Get(['health/live', 'metrics'])
  probe(): object {
    return {};
  }
}

const key = (scopes: ApiKey['scopes']): ApiKey => ({
  id: 'k1',
  owner: 'o',
  lineage: 'k1',
  scopes,
  limits: [],
});

interface Options {
  readonly corsOrigins?: string[];
  readonly withPort?: boolean;
  readonly token?: string;
}

async function serve({ corsOrigins = [], withPort = false, token = adminToken }: Options = {}) {
  const log = Log.create({
    name: 'test',
    level: 'info',
    format: 'json',
    destination: { write: (line) => void lines.push(line) },
  });
  const metrics = requestMetrics('test', new MetricsRegistry());
  const limits = new RateLimits({
    config: { rateLimitPerAddress: 0, rateLimitPerKey: 0, rateLimitWindowSeconds: 10 },
  });
  const callers = new Callers(limits);
  callers.useDirectory({
    find: (text) => (text === 'reader' ? key(new Set(['read'])) : text === 'everyone' ? 'public' : undefined),
  });
  const operationsPort = withPort ? new OperationsPort() : undefined;
  const operators = new Operators({ adminToken: token, httpHost: '0.0.0.0' });
  const config = {
    httpBodyLimitBytes: 1_024,
    httpBulkBodyLimitBytes: 1_024,
    corsOrigins,
    auditLog: 'on' as const,
  };
  const adapter = createHttpAdapter({ config, limits, callers, operators, operationsPort, log, metrics });
  class AppModule {}
  const app = await NestFactory.create<NestFastifyApplication>(
    { module: AppModule, controllers: [Routes] },
    adapter,
    { logger: false, bodyParser: false },
  );
  app.useGlobalFilters(new ProblemFilter(log));
  await app.listen(0, '127.0.0.1');
  await operationsPort?.listen(adapter.getInstance<FastifyInstance>(), 0, '127.0.0.1');
  undo.push(() => closeHttp(adapter, 100, operationsPort));
  const publicUrl = reachableUrl(adapter);
  const ask =
    (url: string) =>
    async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(`${url}${path}`, init);
      const text = await answer.text();
      const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
      return { status: answer.status, headers: answer.headers, body };
    };
  return { url: publicUrl, outside: ask(publicUrl), inside: ask(operationsPort?.url ?? publicUrl) };
}

const withToken = { headers: { authorization: `Bearer ${adminToken}` } };

/** A path as it is written here; fetch would tidy it up. */
const statusOf = (url: string, path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const sent = httpRequest(url, { path, headers: withToken.headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on('error', reject).end();
  });

describe('the port for operators', () => {
  test('has what is for operators, the public one has the rest, and both say how the process is', async () => {
    const { outside, inside } = await serve({ withPort: true });
    expect((await outside('/v1/topics')).status).toBe(200);
    expect((await inside('/operations/things', withToken)).status).toBe(200);
    for (const path of ['/health/live', '/metrics']) {
      expect([(await outside(path)).status, (await inside(path)).status]).toEqual([200, 200]);
    }
    expect((await inside('/v1/topics', withToken)).status).toBe(404);
  });

  test('leaves no way in at the public one, however the path is written', async () => {
    const { url, outside } = await serve({ withPort: true });
    const hidden = await outside('/operations/things', withToken);
    const nothing = await outside('/nowhere/at-all', withToken);
    expect([hidden.status, hidden.body.code]).toEqual([404, 'NOT_FOUND']);
    expect(hidden.body.detail).toBe('Cannot GET /operations/things');
    expect(nothing.body.detail).toBe('Cannot GET /nowhere/at-all');
    for (const path of [
      '/operations/things',
      '/%6fperations/things',
      '/operations%2fthings',
      '//operations/things',
      '/v1/../operations/things',
      '/operations/things?x=/v1/topics',
      '/operations/things/',
      '/OPERATIONS/things',
      'http://127.0.0.1/operations/things',
    ]) {
      expect([path, await statusOf(url, path)]).toEqual([path, 404]);
    }
  });

  test('asks who is there, whatever route it is, and the public one does where there is no other', async () => {
    for (const withPort of [true, false]) {
      const { inside } = await serve({ withPort });
      for (const init of [{}, { headers: { authorization: 'Bearer wrong' } }, { method: 'POST' }]) {
        const { status, headers, body } = await inside('/operations/things', init);
        expect([status, body.code]).toEqual([401, 'NOT_AUTHORIZED']);
        expect(headers.get('www-authenticate')).toBe('Bearer');
        expect(headers.get('cache-control')).toBe('no-store');
      }
      expect((await inside('/operations/things', withToken)).status).toBe(200);
    }
  });
});

describe('keys', () => {
  const as = (name: string) => ({ headers: { 'x-api-key': name } });

  test('open what they are for, and only that', async () => {
    const { outside } = await serve();
    expect((await outside('/v1/topics', as('reader'))).status).toBe(200);
    expect((await outside('/v1/held', as('reader'))).status).toBe(200);
    expect((await outside('/v1/stream')).status).toBe(200);
    expect((await outside('/v1/stream', as('reader'))).body).toMatchObject({
      code: 'SCOPE_MISSING',
      scope: 'stream',
      scopes: ['read'],
    });
  });

  test('are asked for where a route says so, and one that everyone has is none', async () => {
    const { outside } = await serve();
    for (const init of [{}, as('everyone')]) {
      expect((await outside('/v1/held', init)).body.code).toBe('UNKNOWN_API_KEY');
    }
    expect((await outside('/v1/topics', as('everyone'))).status).toBe(200);
    expect((await outside('/v1/topics', as('made up'))).status).toBe(401);
    expect((await outside('/health/live', as('made up'))).status).toBe(200);
  });
});

describe('headers', () => {
  test('keep browsers from making anything else of an answer, refusals and unknown paths included', async () => {
    const { outside } = await serve();
    for (const path of ['/v1/topics', '/nowhere', '/operations/things', '/%zz']) {
      const { headers } = await outside(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('server')).toBeNull();
    }
  });

  const preflight = (origin: string) => ({
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-api-key',
    },
  });

  test('let no page of another origin in unless told', async () => {
    const { outside } = await serve();
    const answer = await outside('/v1/topics', { headers: { origin: 'https://app.example' } });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect((await outside('/v1/topics', preflight('https://app.example'))).status).toBe(404);
  });

  test('let in the pages of exactly those origins that are named, without cookies', async () => {
    const { outside } = await serve({ corsOrigins: ['https://app.example'] });
    const answer = await outside('/v1/topics', { headers: { origin: 'https://app.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(answer.headers.get('access-control-expose-headers')).toContain('ratelimit');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(answer.headers.get('vary')).toBe('origin');
    const asked = await outside('/v2/allora/x/topics', preflight('https://app.example'));
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-headers')).toContain('x-api-key');
    for (const origin of [
      'https://app.example.evil.com',
      'http://app.example',
      'https://APP.example',
      'null',
    ]) {
      const { headers } = await outside('/v1/topics', { headers: { origin } });
      expect([origin, headers.get('access-control-allow-origin')]).toEqual([origin, null]);
      expect((await outside('/v1/topics', preflight(origin))).status).toBe(404);
    }
    expect((await outside('/operations/things', preflight('https://app.example'))).status).toBe(404);
  });

  test('let everyone in on *', async () => {
    const { outside } = await serve({ corsOrigins: ['*'] });
    const { headers } = await outside('/v1/topics', { headers: { origin: 'https://any.example' } });
    expect([headers.get('access-control-allow-origin'), headers.get('vary')]).toEqual(['*', null]);
  });
});

describe('the audit log', () => {
  const audited = () =>
    lines
      .map((line) => JSON.parse(line) as { msg: string; audit?: Record<string, unknown> })
      .filter(({ msg }) => msg === 'audit')
      .map(({ audit }) => audit);
  const post = (body: object, headers: object = {}) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

  test('has a line for what changes something, with who, what and the outcome, and for reads none', async () => {
    const { outside } = await serve();
    const signer = '02'.repeat(33);
    await outside('/v1/topics');
    await outside(
      '/v1/commands',
      post({ publicKey: signer, secret: 'hush' }, { 'x-request-id': 'r1', 'x-api-key': 'reader' }),
    );
    await outside('/v1/commands', post({ publicKey: 'forged' }));
    await outside('/operations/things', { method: 'POST', ...withToken });
    await outside('/operations/things', { method: 'POST', headers: { authorization: 'Bearer wrong' } });
    const address = '127.0.0.1';
    await expect.poll(audited).toEqual([
      { what: 'POST /v1/commands', who: { apiKeyId: 'k1', signer, address }, status: 201, requestId: 'r1' },
      {
        what: 'POST /v1/commands',
        who: { address },
        status: 401,
        refusedWith: 'BAD_SIGNATURE',
        requestId: expect.any(String) as unknown,
      },
      {
        what: 'POST /operations/things',
        who: { operator: 'ADMIN_TOKEN', address },
        status: 201,
        requestId: expect.any(String) as unknown,
      },
      {
        what: 'POST /operations/things',
        who: { address },
        status: 401,
        refusedWith: 'NOT_AUTHORIZED',
        requestId: expect.any(String) as unknown,
      },
    ]);
    expect(lines.join('')).not.toMatch(/hush|a token of this test|reader|wrong/);
  });
});
