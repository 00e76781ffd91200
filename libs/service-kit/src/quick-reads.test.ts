import 'reflect-metadata';
import { Writable } from 'node:stream';
import { Controller, Get, Header, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Counter } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import type { ApiKey } from './caller';
import { Callers } from './callers';
import { durationsOf } from './durations';
import { closeHttp, createHttpAdapter, reachableUrl } from './http-server';
import { Log } from './log';
import { MetricsRegistry, requestMetrics } from './metrics';
import { ProblemFilter } from './problem.filter';
import { QuickDoor } from './quick-reads';
import { RateLimits } from './rate-limits';
import { Tracing } from './tracing/tracing';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const ETAG = '"e1"';
const own = { 'content-type': 'application/json; charset=utf-8', etag: ETAG, 'cache-control': 'max-age=2' };
const body = Buffer.from('{"from":"the door"}');

@Controller()
class Route {
  @Get('v1/things/:id')
  @Header('content-type', own['content-type'])
  @Header('etag', ETAG)
  @Header('cache-control', own['cache-control'])
  thing(): string {
    return '{"from":"the route"}';
  }
}

@Module({ controllers: [Route] })
class Routes {}

interface Given {
  readonly perAddress?: number;
  readonly trustProxy?: string[];
  readonly corsOrigins?: string[];
  readonly level?: 'info' | 'debug';
}

async function serve({ perAddress = 0, trustProxy = [], corsOrigins = [], level = 'info' }: Given = {}) {
  const log = Log.create({ name: 'test', level, format: 'json', destination: nowhere });
  const registry = new MetricsRegistry();
  const metrics = requestMetrics('test', registry);
  const counter = new Counter({ name: 'given_total', help: 'x', labelNames: ['a'], registers: [registry] });
  const limits = new RateLimits({
    config: { rateLimitPerAddress: perAddress, rateLimitPerKey: 0, rateLimitWindowSeconds: 60 },
  });
  const callers = new Callers(limits);
  const keyOf = (scope: 'read' | 'stream', points: number): ApiKey => {
    const limit = limits.windowOf(`key of ${scope}`, points);
    const about = { id: scope, owner: 'o', lineage: scope, scopes: new Set([scope]) };
    return { ...about, limits: limit ? [limit] : [] };
  };
  const keys = new Map([
    ['reader', keyOf('read', 100)],
    ['sparing', keyOf('read', 3)],
    ['listener', keyOf('stream', 0)],
  ]);
  callers.useDirectory({ find: (token) => keys.get(token) });
  const durations = durationsOf(metrics.http);
  const config = { httpBodyLimitBytes: 1_024, httpBulkBodyLimitBytes: 1_024, trustProxy, corsOrigins };
  const quickDoor = new QuickDoor({ config, callers, tracing: Tracing.off, log, durations });
  const headers = Object.entries({ ...own, 'content-length': String(body.length) }).flat();
  const unchangedHeaders = ['etag', ETAG, 'cache-control', own['cache-control']];
  const answer = { body, etag: ETAG, headers, unchangedHeaders, counts: [counter.labels('x')] };
  quickDoor.open({
    route: '/v1/things/:id',
    find: (target) => (target === '/v1/things/1' ? answer : undefined),
  });
  const adapter = createHttpAdapter({ config, limits, callers, quickDoor, log, metrics, durations });
  const app = await NestFactory.create<NestFastifyApplication>(Routes, adapter, {
    logger: false,
    bodyParser: false,
  });
  app.useGlobalFilters(new ProblemFilter(log));
  await app.listen(0, '127.0.0.1');
  undo.push(() => closeHttp(adapter, 100));
  const url = reachableUrl(adapter);
  const get = async (path: string, sent: Record<string, string> = {}, method = 'GET') => {
    const got = await fetch(`${url}${path}`, { headers: sent, method });
    const text = await got.text();
    return { status: got.status, headers: Object.fromEntries(got.headers), text };
  };
  return { get, registry, seen: async () => (await counter.get()).values[0]?.value ?? 0 };
}

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
const quick = body.toString();

/** What differs between two answers of any route. */
const lasting = ({ headers: { date: _, 'x-request-id': id, 'content-length': __, ...headers } }: Got) => ({
  ...headers,
  hasId: id !== undefined,
});
type Got = Awaited<ReturnType<Awaited<ReturnType<typeof serve>>['get']>>;

describe('a read that lies ready', () => {
  it.each([
    ['plain', {}, {}],
    ['limited by address', { perAddress: 100 }, {}],
    ['with a key', {}, { 'x-api-key': 'reader' }],
    ['where pages of other origins may read', { corsOrigins: ['https://a.example'] }, {}],
    ['where all pages may read', { corsOrigins: ['*'] }, {}],
  ])('has the headers that its route would give it: %s', async (_, given, sent) => {
    const { get } = await serve(given);
    // The first asks for points, which the door does not wait for.
    await get('/v1/things/1', sent);
    const [atDoor, atRoute] = [await get('/v1/things/1', sent), await get('/v1/things/2', sent)];
    expect([atDoor.status, atDoor.text, atRoute.status]).toEqual([200, quick, 200]);
    expect(atRoute.text).toContain('the route');
    const spent = (got: Got) => ({ ...lasting(got), ratelimit: got.headers.ratelimit?.replace(/r=\d+/, '') });
    expect(spent(atDoor)).toEqual(spent(atRoute));
  });

  it('keeps the id of the request, and makes one of its own of a harmful one', async () => {
    const { get } = await serve();
    expect((await get('/v1/things/1', { 'x-request-id': 'mine' })).headers['x-request-id']).toBe('mine');
    const other = (await get('/v1/things/1', { 'x-request-id': 'a b' })).headers['x-request-id'];
    expect(other).toMatch(/^[\w-]{36}$/);
  });

  it('is not sent again to who has it', async () => {
    const { get } = await serve();
    const { status, headers, text } = await get('/v1/things/1', { 'if-none-match': ETAG });
    expect([status, text, headers.etag, headers['cache-control']]).toEqual([304, '', ETAG, 'max-age=2']);
    expect((await get('/v1/things/1', { 'if-none-match': '"e0"' })).text).toBe(quick);
  });

  it('is counted, and timed by its route', async () => {
    const { get, registry, seen } = await serve();
    await get('/v1/things/1');
    await get('/v1/things/1', { 'if-none-match': ETAG });
    await get('/v1/things/2');
    expect(await seen()).toBe(2);
    const text = await registry.metrics();
    const count = (status: number) =>
      new RegExp(`_count\\{method="GET",route="/v1/things/:id",status="${status}"\\} (\\d+)`).exec(text)?.[1];
    expect([count(200), count(304)]).toEqual(['2', '1']);
  });

  it.each([
    ['a query', '/v1/things/1?x=1', {}, 'GET'],
    ['another spelling', '/v1/things/%31', {}, 'GET'],
    ['a page', '/v1/things/1', { origin: 'https://a.example' }, 'GET'],
  ])('is the route’s for %s', async (_, path, sent, method) => {
    const { get } = await serve({ corsOrigins: ['https://a.example'] });
    const { status, text, headers } = await get(path, sent as Record<string, string>, method);
    expect([status, text]).toEqual([200, '{"from":"the route"}']);
    expect(headers['access-control-allow-origin']).toBe('origin' in sent ? sent.origin : undefined);
  });

  it('is the route’s where each request is told in the log, and for other methods', async () => {
    const { get } = await serve({ level: 'debug' });
    expect((await get('/v1/things/1')).text).toContain('the route');
    const other = await serve();
    expect((await other.get('/v1/things/1', {}, 'HEAD')).text).toBe('');
    expect((await other.get('/v1/things/1', {}, 'POST')).status).toBe(404);
    expect(await other.seen()).toBe(0);
  });
});

describe('limits at the door', () => {
  it('count each request once, whoever answers it, and end at their number', async () => {
    const { get } = await serve({ perAddress: 4 });
    const answers = [];
    for (const path of ['/1', '/1', '/2', '/1', '/1', '/2']) answers.push(await get(`/v1/things${path}`));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429]);
    const left = answers.map(({ headers }) => /r=(\d+)/.exec(String(headers.ratelimit))?.[1]);
    expect(left).toEqual(['3', '2', '1', '0', '0', '0']);
    expect(JSON.parse(answers[4]!.text)).toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('are those of the key', async () => {
    const { get } = await serve({ perAddress: 1 });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await get('/v1/things/1', { 'x-api-key': 'sparing' })).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await get('/v1/things/1')).status).toBe(200);
  });

  it.each([
    ['nobody has', 'guess', 401, 'UNKNOWN_API_KEY'],
    ['is not for reads', 'listener', 403, 'SCOPE_MISSING'],
  ])('refuse a key that %s', async (_, token, status, code) => {
    const { get, seen } = await serve();
    const got = await get('/v1/things/1', { 'x-api-key': token });
    expect([got.status, JSON.parse(got.text)]).toMatchObject([status, { code }]);
    expect(await seen()).toBe(0);
  });

  it('tell callers behind a trusted proxy apart, and believe nobody else', async () => {
    const behind = await serve({ perAddress: 1, trustProxy: ['127.0.0.1'] });
    const from = (ip: string) => behind.get('/v1/things/1', { 'x-forwarded-for': ip });
    const statuses = [];
    for (const ip of ['10.0.0.1', '10.0.0.2', '10.0.0.1']) statuses.push((await from(ip)).status);
    expect(statuses).toEqual([200, 200, 429]);
    const open = await serve({ perAddress: 1 });
    const lies = ['10.0.0.1', '10.0.0.2'].map((ip) => ({ 'x-forwarded-for': ip }));
    expect((await open.get('/v1/things/1', lies[0])).status).toBe(200);
    expect((await open.get('/v1/things/1', lies[1])).status).toBe(429);
  });
});
