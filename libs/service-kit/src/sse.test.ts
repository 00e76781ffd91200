import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HealthProbes } from './health';
import { closeHttp, createHttpAdapter, reachableUrl } from './http-server';
import { Log } from './log';
import { MetricsRegistry, requestMetrics } from './metrics';
import { EventStreams, type EventStream } from './sse';

const log = Log.create({ name: 'test', level: 'silent', format: 'json' });
const slowReaderBytes = 256 * 1_024;

async function serve(heartbeatMs = 15_000) {
  const registry = new MetricsRegistry();
  const metrics = requestMetrics('test', registry);
  const adapter = createHttpAdapter({
    config: { httpBodyLimitBytes: 1_024, httpBulkBodyLimitBytes: 1_024 },
    log,
    metrics,
  });
  const probes = new HealthProbes();
  const streams = new EventStreams({ probes, metrics, slowReaderBytes, heartbeatMs });
  const opened: EventStream[] = [];
  const fastify = adapter.getInstance<FastifyInstance>();
  fastify.get('/v1/topics/:id/stream', (_request, reply) => void opened.push(streams.open(reply)));
  await fastify.listen({ host: '127.0.0.1', port: 0 });
  const sample = async (text: string) =>
    (await registry.metrics()).split('\n').find((line) => line.startsWith(`allora_test_${text} `));
  const url = `${reachableUrl(adapter)}/v1/topics/7/stream`;
  return { adapter, probes, opened, url, sample };
}

let served: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => void (served = await serve()));
afterAll(() => closeHttp(served.adapter, 100));

const openGauge = () => served.sample('event_streams_open{route="/v1/topics/:id/stream"}');

test('events arrive as sent, one after the other', async () => {
  const answer = await fetch(served.url, { headers: { 'x-request-id': 'mine' } });
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(answer.headers.get('cache-control')).toContain('no-cache');
  expect(answer.headers.get('x-request-id')).toBe('mine');
  const stream = served.opened.at(-1)!;
  stream.send({ event: 'inference', id: 41, data: { topicId: 7, amountUallo: 5n } });
  stream.send({ data: 'two\nlines', id: 'x\nevent: forged' });
  stream.close();
  stream.send({ data: 'too late' });
  expect(await answer.text()).toBe(
    'retry: 2000\n\n' +
      'event: inference\nid: 41\ndata: {"topicId":7,"amountUallo":"5"}\n\n' +
      'id: x event: forged\ndata: two\ndata: lines\n\n',
  );
  expect(stream.signal.aborted).toBe(true);
});

test('a silent stream has a heartbeat', async () => {
  const quick = await serve(20);
  const answer = await fetch(quick.url);
  await new Promise((resolve) => setTimeout(resolve, 100));
  quick.opened[0]!.close();
  expect(await answer.text()).toMatch(/^retry: 2000\n\n(:\n\n){2,}$/);
  await closeHttp(quick.adapter, 1_000);
});

test('a client that leaves ends its stream', async () => {
  const leaving = new AbortController();
  await fetch(served.url, { signal: leaving.signal });
  expect(await openGauge()).toMatch(/ 1$/);
  const { signal } = served.opened.at(-1)!;
  expect(signal.aborted).toBe(false);
  leaving.abort();
  await expect.poll(() => signal.aborted).toBe(true);
  expect(await openGauge()).toMatch(/ 0$/);
});

test('a client that does not read is cut off, and no more than the limit is held for it', async () => {
  const { port } = new URL(served.url);
  const socket = connect(Number(port), '127.0.0.1', () =>
    socket.write('GET /v1/topics/7/stream HTTP/1.1\r\nhost: x\r\n\r\n'),
  );
  socket.pause();
  const before = served.opened.length;
  await expect.poll(() => served.opened.length).toBe(before + 1);
  const stream = served.opened.at(-1)!;
  const data = 'x'.repeat(1_000);
  let sent = 0;
  // What the kernel holds for both ends comes before what we hold.
  for (; sent < 200_000 && !stream.signal.aborted; sent++) {
    stream.send({ data });
    if (sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(stream.signal.aborted).toBe(true);
  expect(sent).toBeLessThan(50_000);
  expect(await served.sample('slow_readers_total{route="/v1/topics/:id/stream"}')).toMatch(/ 1$/);
  expect(await openGauge()).toMatch(/ 0$/);
  socket.destroy();
});

test('a stop ends open streams at once and refuses new ones', async () => {
  const own = await serve();
  const answer = await fetch(own.url);
  own.probes.enter('stopping');
  const late = await fetch(own.url);
  expect(late.status).toBe(500); // plain Fastify here; Nest's filter makes it UNAVAILABLE
  const startedMs = performance.now();
  await closeHttp(own.adapter, 10_000);
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  expect(await answer.text()).toBe('retry: 2000\n\n');
});
