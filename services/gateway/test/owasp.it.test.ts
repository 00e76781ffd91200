import 'reflect-metadata';
import { GatewayService, StreamEventsRequest } from '@allora/contracts/gen/allora/gateway/v1/gateway';
import { allRoutes } from '@allora/public-api/all-routes';
import type { RunningApp } from '@allora/service-kit/app';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { issueKey } from './api-keys';
import { GatewayApps } from './apps';

const adminToken = 'the operator token of this test';
const withToken = { authorization: `Bearer ${adminToken}` };

/** Every route of the process, as it is really mounted. */
const mounted: { readonly method: string; readonly url: string }[] = [];

@Injectable()
class RouteList {
  constructor({ httpAdapter }: HttpAdapterHost) {
    httpAdapter.getInstance<FastifyInstance>().addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) mounted.push({ method: each, url });
    });
  }
}

const apps = new GatewayApps();
let app: RunningApp;

beforeAll(async () => {
  const neighbours = [{ module: class RouteListModule {}, providers: [RouteList] }];
  app = await apps.start(
    { adminToken, operationsPort: 0, httpBodyLimitBytes: 4_096, submissionLookupTimeoutMs: 50 },
    { neighbours },
  );
});
afterAll(() => apps.close());

const problem = z.looseObject({ code: z.string() });

async function ask(url: string, init: RequestInit = {}) {
  const answer = await fetch(url, init);
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text };
}
const codeOf = (text: string): string => problem.parse(JSON.parse(text)).code;
const post = (body: object, headers: object = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const concrete = (url: string): string => url.replaceAll(/:\w+/g, '1').replaceAll('*', '1');

describe('API2, broken authentication', () => {
  it('takes a key from its header and from nowhere else', async () => {
    const key = await issueKey(app, {}, adminToken);
    const self = `${app.httpUrl}/v1/api-keys/self`;
    expect((await ask(self, { headers: { 'x-api-key': key } })).status).toBe(200);
    for (const [url, headers] of [
      [`${self}?x-api-key=${key}`, {}],
      [`${self}?key=${key}&api_key=${key}`, {}],
      [self, { authorization: `Bearer ${key}` }],
      [self, { cookie: `x-api-key=${key}` }],
      [self, { 'x-api-key': `${key}, ${key}` }],
    ] as const) {
      const { status: answered, text } = await ask(url, { headers });
      expect([url, answered, codeOf(text)]).toEqual([url, 401, 'UNKNOWN_API_KEY']);
      expect(text).not.toContain(key.slice(20));
    }
  });

  it('asks the same of keys by gRPC', async () => {
    const channel = openGrpcChannel(GatewayService, () => app.grpcAddress);
    const call = (key: string) =>
      channel.client
        .getSubmission({ hash: '00'.repeat(32) }, { headers: { 'x-api-key': key } })
        .catch((error: unknown) => error);
    const streaming = async (key: string) => {
      const stream = channel.client.streamEvents(StreamEventsRequest.fromPartial({}), {
        headers: { 'x-api-key': key },
        deadlineMs: 5_000,
      });
      try {
        for await (const _event of stream) return 'opened';
        return 'opened';
      } catch (error) {
        return (error as { code: unknown }).code;
      }
    };
    const reader = await issueKey(app, { scopes: ['read'] }, adminToken);
    expect(await call(`${reader.slice(0, -4)}0000`)).toMatchObject({ code: 'UNKNOWN_API_KEY' });
    expect(await call(reader)).not.toMatchObject({ code: 'UNKNOWN_API_KEY' });
    expect(await streaming(reader)).toBe('SCOPE_MISSING');
    channel.close();
  });
});

describe('API3, broken object property level authorization', () => {
  it('takes no property that a form does not name', async () => {
    const order = { name: 'n', owner: 'o', scopes: ['read'] };
    const keys = `${app.operationsUrl}/operations/api-keys`;
    for (const more of [
      { id: '0'.repeat(16) },
      { lineage: '0'.repeat(16) },
      { secretHash: '00' },
      { revokedAt: null },
      { scopes: ['read', 'operator'] },
      { scopes: [] },
      { perDay: -1 },
      { expiresAt: '2001-01-01T00:00:00Z' },
      { owner: 'line\nbreak' },
    ]) {
      const { status: answered, text } = await ask(keys, post({ ...order, ...more }, withToken));
      expect([more, answered, codeOf(text)]).toEqual([more, 400, 'MALFORMED']);
    }
  });

  it('has no body that takes more than its schema, at any depth', () => {
    const bodies = allRoutes.flatMap(({ id, body }) => (body ? [{ id, body }] : []));
    expect(bodies.length).toBeGreaterThan(0);
    for (const { id, body } of bodies) {
      const open: unknown[] = [];
      JSON.stringify(
        z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' }),
        (_name, value: unknown) => {
          const { type, additionalProperties } = Object(value) as Record<string, unknown>;
          // A map from addresses to amounts has no names of its own, but says what its values are.
          const isMap = typeof Object(additionalProperties).type === 'string';
          if (type === 'object' && additionalProperties !== false && !isMap) open.push(value);
          return value;
        },
      );
      expect([id, open]).toEqual([id, []]);
    }
  });
});

describe('API4, unrestricted resource consumption', () => {
  it('bounds bodies, pages and what an address asks for', async () => {
    const big = await ask(`${app.httpUrl}/v1/api-keys/self/rotation`, post({ pad: 'x'.repeat(5_000) }));
    expect([401, 413]).toContain(big.status);
    const huge = post({ name: 'x'.repeat(5_000) }, withToken);
    expect((await ask(`${app.operationsUrl}/operations/api-keys`, huge)).status).toBe(413);
    for (const path of ['/v1/topics?limit=1000000', '/v1/topics?limit=-1']) {
      expect([path, (await ask(`${app.httpUrl}${path}`)).status]).toEqual([path, 400]);
    }
    const narrow = await apps.start({ rateLimitPerAddress: 3, rateLimitWindowSeconds: 60 });
    const statuses = [];
    for (let count = 0; count < 5; count++) statuses.push((await ask(`${narrow.httpUrl}/v1/topics`)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
  });
});

describe('API5, broken function level authorization', () => {
  const operations = () => mounted.filter(({ url }) => url.startsWith('/operations'));

  it('has every route for operators behind their port and their token', async () => {
    expect(operations().map(({ url }) => url)).toEqual(
      expect.arrayContaining(['/operations/api-keys', '/operations/audit-log', '/operations/dead-letters']),
    );
    for (const { method, url } of operations()) {
      const path = concrete(url);
      const outside = await ask(`${app.httpUrl}${path}`, { method, headers: withToken });
      const inside = await ask(`${app.operationsUrl}${path}`, { method });
      expect([method, url, outside.status, inside.status]).toEqual([method, url, 404, 401]);
    }
  });

  it('is not opened by a key of a consumer', async () => {
    const key = await issueKey(app, { scopes: ['read', 'stream', 'purchase'] }, adminToken);
    for (const [name, value] of [
      ['x-api-key', key],
      ['authorization', `Bearer ${key}`],
    ] as const) {
      const headers = { [name]: value };
      expect((await ask(`${app.operationsUrl}/operations/api-keys`, { headers })).status).toBe(401);
    }
  });
});

describe('API7, server side request forgery', () => {
  it('is told no address that it would call', () => {
    const urls = /url|uri|callback|webhook|host|redirect/i;
    for (const { id, params, query, body } of allRoutes) {
      for (const form of [params, query, body]) {
        if (!form) continue;
        const text = JSON.stringify(z.toJSONSchema(form, { io: 'input', unrepresentable: 'any' }));
        const names = [...text.matchAll(/"(\w+)":\{/g)].map(([, name]) => name!);
        expect([id, names.filter((name) => urls.test(name))]).toEqual([id, []]);
        expect([id, /"format":"uri/.test(text)]).toEqual([id, false]);
      }
    }
  });
});

describe('API8, security misconfiguration', () => {
  it('says the same of every route: what browsers may do with it, and nothing of how it is made', async () => {
    const reads = mounted.filter(({ method }) => method === 'GET');
    for (const { url } of reads.filter(({ url: each }) => !/stream|events/.test(each))) {
      const { headers, text } = await ask(`${app.httpUrl}${concrete(url)}`);
      expect([url, headers.get('x-content-type-options')]).toEqual([url, 'nosniff']);
      expect([url, headers.get('content-security-policy')]).toEqual([
        url,
        expect.stringContaining("frame-ancestors 'none'") as unknown,
      ]);
      expect([url, headers.get('access-control-allow-origin')]).toEqual([url, null]);
      expect(headers.get('x-powered-by')).toBeNull();
      expect([
        url,
        /node_modules|at .*\.ts:\d+|prisma|SELECT /i.test(url === '/docs/:file' ? '' : text),
      ]).toEqual([url, url === '/metrics' ? expect.any(Boolean) : false]);
    }
  });

  it('answers no method that nobody declared', async () => {
    for (const method of ['PUT', 'DELETE', 'OPTIONS']) {
      for (const path of ['/v1/topics', '/v1/quota', '/v1/api-keys/self']) {
        expect([method, path, (await ask(`${app.httpUrl}${path}`, { method })).status]).toEqual([
          method,
          path,
          405,
        ]);
      }
      expect((await ask(`${app.httpUrl}/v2/allora/x/topics`, { method })).status).toBe(405);
      expect((await ask(`${app.httpUrl}/v1/nothing`, { method })).status).toBe(404);
    }
  });
});
