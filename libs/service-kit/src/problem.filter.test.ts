import 'reflect-metadata';
import { connect } from 'node:net';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RefusalError } from '@allora/contracts/errors';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createHttpAdapter, reachableUrl } from './http-server';
import { Log, nestLogger } from './log';
import { MetricsRegistry, requestMetrics } from './metrics';
import { ProblemFilter } from './problem.filter';
import { ZodPipe } from './zod.pipe';

@Controller('v1')
class TopicsHttp {
  @Get('topics/:id')
  topic(@Param('id') id: string): never {
    throw new RefusalError('UNKNOWN_TOPIC', `topic ${id} does not exist`, {
      topicId: 7,
      heldUallo: 10n ** 18n,
      code: 'X',
    });
  }

  @Get('broken')
  broken(): never {
    throw new Error('password is hunter2');
  }

  @Get('outage')
  outage(): never {
    throw Object.assign(new Error('connect to 10.0.0.7 refused'), { code: 'ECONNREFUSED' });
  }

  @Post('topics')
  create(
    @Body(new ZodPipe(z.object({ creator: z.string() }))) body: { creator: string },
    @Query('x') x?: string,
  ) {
    return { creator: body.creator, x };
  }
}

class TestModule {}

const lines: string[] = [];
const registry = new MetricsRegistry();
let app: NestFastifyApplication;
let url: string;

beforeAll(async () => {
  const log = Log.create({
    name: 'test',
    level: 'debug',
    format: 'json',
    destination: { write: (line) => void lines.push(line) },
  });
  const metrics = requestMetrics('test-service', registry);
  const adapter = createHttpAdapter({
    config: { httpBodyLimitBytes: 2_048, httpBulkBodyLimitBytes: 16_777_216 },
    log,
    metrics,
  });
  const root = { module: TestModule, controllers: [TopicsHttp] };
  app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: nestLogger(log),
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(log));
  await app.listen(0, '127.0.0.1');
  url = reachableUrl(adapter);
});
afterAll(() => app.close());
beforeEach(() => void lines.splice(0));

async function ask(path: string, init?: RequestInit) {
  const response = await fetch(`${url}${path}`, init);
  const problem = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, problem };
}
const post = (body: string, type = 'application/json') =>
  ask('/v1/topics', { method: 'POST', body, headers: { 'content-type': type } });

test('a refusal is told whole, and its facts cannot overwrite the problem', async () => {
  const { status, headers, problem } = await ask('/v1/topics/7', { headers: { 'x-request-id': 'caller-1' } });
  expect(status).toBe(404);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(headers.get('x-request-id')).toBe('caller-1');
  expect(problem).toEqual({
    type: 'urn:allora:problem:UNKNOWN_TOPIC',
    title: 'There is no such topic',
    status: 404,
    code: 'UNKNOWN_TOPIC',
    detail: 'topic 7 does not exist',
    instance: 'caller-1',
    remedy: 'See GET /v1/topics for those that exist.',
    topicId: 7,
    heldUallo: '1000000000000000000',
  });
});

test('an unexpected error leaks nothing and is logged under its request id', async () => {
  const { status, problem, headers } = await ask('/v1/broken');
  expect(status).toBe(500);
  expect(problem.code).toBe('INTERNAL');
  expect(JSON.stringify(problem)).not.toContain('hunter2');
  const logged = lines.find((line) => line.includes('request failed'));
  expect(logged).toContain('hunter2');
  expect(logged).toContain(headers.get('x-request-id'));
});

test('an outage below says when to come back, not where it is', async () => {
  const { status, problem, headers } = await ask('/v1/outage');
  expect([status, problem.code, headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '1']);
  expect(JSON.stringify(problem)).not.toContain('10.0.0.7');
});

test.each([
  ['unknown path', () => ask('/nowhere'), 404, 'NOT_FOUND'],
  ['unknown method', () => ask('/v1/topics/7', { method: 'DELETE' }), 404, 'NOT_FOUND'],
  ['broken JSON', () => post('{"creator":'), 400, 'MALFORMED'],
  ['empty JSON', () => post(''), 400, 'MALFORMED'],
  ['poisoned JSON', () => post('{"__proto__":{"admin":true}}'), 400, 'MALFORMED'],
  ['unknown content type', () => post('<creator/>', 'text/xml'), 400, 'MALFORMED'],
  ['over the body limit', () => post(JSON.stringify({ creator: 'x'.repeat(4_000) })), 413, 'TOO_LARGE'],
  ['wrong field', () => post('{"creator":1}'), 400, 'MALFORMED'],
  ['malformed address', () => ask('/v1/topics/%E0%A4%A'), 400, 'MALFORMED'],
])('%s', async (_case, request, status, code) => {
  const { problem, ...answer } = await request();
  expect([answer.status, problem.status, problem.code]).toEqual([status, status, code]);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
});

test('a request id that could do harm in a log is replaced', async () => {
  const { headers } = await ask('/v1/broken', { headers: { 'x-request-id': 'a b"}' } });
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('a request that is no HTTP gets an answer and breaks nothing', async () => {
  const { port } = new URL(url);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.on('end', () => resolve(text)).on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1.1 400/);
});

test('access metrics count by pattern, not by path', async () => {
  await ask('/v1/topics/41');
  await ask('/v1/topics/42');
  const text = await registry.metrics();
  expect(text).toMatch(
    /allora_test_service_http_request_duration_seconds_count{method="GET",route="\/v1\/topics\/:id",status="404"} [2-9]/,
  );
  expect(text).not.toContain('topics/41');
  expect(text).toMatch(/allora_test_service_requests_refused_total{code="\w+"} [2-9]/);
});
