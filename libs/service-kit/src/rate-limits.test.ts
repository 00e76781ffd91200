import 'reflect-metadata';
import { Body, Controller, Get, Inject, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { InferenceIngestService } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { HealthService } from '@allora/contracts/gen/grpc/health/v1/health';
import { afterEach, expect, test } from 'vitest';
import { GrpcClients } from './grpc-client';
import { GrpcHost } from './grpc-host';
import { HealthProbes } from './health';
import { addHealthService } from './health.grpc';
import { closeHttp, createHttpAdapter, reachableUrl } from './http-server';
import { Log } from './log';
import { MetricsRegistry, requestMetrics } from './metrics';
import { ProblemFilter } from './problem.filter';
import { RateLimits } from './rate-limits';

const log = Log.create({ name: 'test', level: 'silent', format: 'json' });
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

@Controller()
class Routes {
  constructor(@Inject(RateLimits) private readonly limits: RateLimits) {}

  @Get('v1/topics')
  topics(): object {
    return {};
  }

  @Get(['health/live', 'metrics'])
  probe(): object {
    return {};
  }

  @Post('v1/submit')
  async submit(@Body() { author }: { author: string }): Promise<object> {
    await this.limits.takeForKey(author);
    return {};
  }
}

function limitsOf(perAddress: number, perKey: number, windowSeconds = 60) {
  const registry = new MetricsRegistry();
  const metrics = requestMetrics('test', registry);
  const config = {
    rateLimitPerAddress: perAddress,
    rateLimitPerKey: perKey,
    rateLimitWindowSeconds: windowSeconds,
  };
  const limits = new RateLimits({ config, refused: metrics.rateLimited });
  return { limits, metrics, registry };
}

async function serveHttp(perAddress: number, perKey = 0, trustProxy: string[] = []) {
  const { limits, metrics, registry } = limitsOf(perAddress, perKey);
  const config = { httpBodyLimitBytes: 1_024, httpBulkBodyLimitBytes: 1_024, trustProxy };
  const adapter = createHttpAdapter({ config, limits, log, metrics });
  class AppModule {}
  const app = await NestFactory.create<NestFastifyApplication>(
    { module: AppModule, controllers: [Routes], providers: [{ provide: RateLimits, useValue: limits }] },
    adapter,
    { logger: false },
  );
  app.useGlobalFilters(new ProblemFilter(log));
  await app.listen(0, '127.0.0.1');
  undo.push(() => closeHttp(adapter, 100));
  const url = reachableUrl(adapter);
  const ask = async (path: string, init?: RequestInit) => {
    const answer = await fetch(`${url}${path}`, init);
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as object };
  };
  return { ask, registry };
}

test('every answer says how its address stands, and the one too many how long to wait', async () => {
  const { ask, registry } = await serveHttp(3);
  for (const remaining of [2, 1, 0]) {
    const { status, headers } = await ask('/v1/topics');
    expect(status).toBe(200);
    expect(headers.get('ratelimit-policy')).toBe('"address";q=3;w=60');
    expect(headers.get('ratelimit')).toMatch(new RegExp(`^"address";r=${remaining};t=(59|60)$`));
    expect(headers.get('retry-after')).toBeNull();
  }
  const { status, headers, body } = await ask('/v1/topics');
  expect(status).toBe(429);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(headers.get('retry-after')).toMatch(/^(59|60)$/);
  expect(headers.get('ratelimit-policy')).toBe('"address";q=3;w=60');
  expect(headers.get('ratelimit')).toMatch(/^"address";r=0;t=(59|60)$/);
  expect(headers.get('x-request-id')).not.toBeNull();
  expect(body).toMatchObject({ code: 'RATE_LIMITED', policy: 'address', quota: 3, windowSeconds: 60 });
  expect(await registry.metrics()).toContain('allora_test_rate_limited_total{policy="address"} 1');
});

test('unknown paths count, health and metrics do not', async () => {
  const { ask } = await serveHttp(2);
  for (let count = 0; count < 5; count++) {
    for (const path of ['/health/live', '/metrics']) {
      const { status, headers } = await ask(path);
      expect(status).toBe(200);
      expect(headers.get('ratelimit')).toBeNull();
    }
  }
  expect((await ask('/nowhere')).status).toBe(404);
  expect((await ask('/nowhere')).status).toBe(404);
  expect((await ask('/nowhere')).status).toBe(429);
});

test('the address before a proxy counts only when the proxy is trusted', async () => {
  const headers = (ip: string) => ({ headers: { 'x-forwarded-for': ip } });
  const trusting = await serveHttp(1, 0, ['loopback']);
  expect((await trusting.ask('/v1/topics', headers('203.0.113.1'))).status).toBe(200);
  expect((await trusting.ask('/v1/topics', headers('203.0.113.2'))).status).toBe(200);
  expect((await trusting.ask('/v1/topics', headers('203.0.113.2'))).status).toBe(429);
  const wary = await serveHttp(1);
  expect((await wary.ask('/v1/topics', headers('203.0.113.1'))).status).toBe(200);
  expect((await wary.ask('/v1/topics', headers('203.0.113.2'))).status).toBe(429);
});

test('a handler’s own limit is told the same way, beside that of the address', async () => {
  const { ask } = await serveHttp(10, 1);
  const submit = (author: string) =>
    ask('/v1/submit', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ author }),
    });
  expect((await submit('allo1a')).status).toBe(201);
  expect((await submit('allo1b')).status).toBe(201);
  const { status, headers } = await submit('allo1a');
  expect(status).toBe(429);
  expect(headers.get('ratelimit-policy')).toBe('"address";q=10;w=60, "key";q=1;w=60');
  expect(headers.get('ratelimit')).toMatch(/^"address";r=7;t=\d+, "key";r=0;t=\d+$/);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
});

test('without limits nothing is counted or told', async () => {
  const { ask } = await serveHttp(0);
  expect((await ask('/v1/topics')).headers.get('ratelimit')).toBeNull();
});

async function serveGrpc(perAddress: number, windowSeconds: number) {
  const { limits, metrics } = limitsOf(perAddress, 0, windowSeconds);
  const host = new GrpcHost({ log, limits, durations: metrics.grpc });
  const nothing = async () => ({ receipt: undefined });
  host.add(InferenceIngestService, {
    submit: nothing,
    getSubmission: async () => ({ receipt: undefined, state: 0, supersededBy: '', commitment: false }),
    submitStream: async (requests, _call, answers) => {
      for await (const batch of requests)
        answers.write({ outcomes: batch.map(({ sequence }) => ({ sequence })) as never });
    },
  });
  addHealthService(host, new HealthProbes());
  await host.listen('127.0.0.1', 0);
  const clients = new GrpcClients(host);
  undo.push(
    () => host.close(1_000),
    () => clients.close(),
  );
  return {
    ingest: clients.connect(InferenceIngestService, 'self'),
    health: clients.connect(HealthService, 'self'),
  };
}

test('gRPC calls of an address are counted, probes are not', async () => {
  const { ingest, health } = await serveGrpc(2, 60);
  for (let count = 0; count < 5; count++) await health.check({ service: '' });
  await ingest.submit({ signed: undefined });
  await ingest.submit({ signed: undefined });
  const refused = await ingest.submit({ signed: undefined }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'RATE_LIMITED', facts: { policy: 'address', quota: 2 } });
  const { retryAfterSeconds } = (refused as { facts: { retryAfterSeconds: number } }).facts;
  expect(retryAfterSeconds).toBeGreaterThan(50);
  const opened = (async () => {
    for await (const answer of ingest.submitStream()) return answer;
    return undefined;
  })();
  await expect(opened).rejects.toMatchObject({ code: 'RATE_LIMITED' });
});

test('the messages of a stream are slowed down to the limit, none is refused', async () => {
  const { ingest } = await serveGrpc(40, 1);
  const call = ingest.submitStream();
  const startedMs = performance.now();
  for (let sequence = 0; sequence < 100; sequence++) call.write({ sequence, signed: undefined });
  call.end();
  const seen: number[] = [];
  for await (const { outcomes } of call) seen.push(...outcomes.map(({ sequence }) => sequence));
  expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(performance.now() - startedMs).toBeGreaterThan(1_500);
});
