import 'reflect-metadata';
import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import {
  GatewayService,
  Inference,
  ListBarsResponse,
  ListInferencesResponse,
  StreamKind,
} from '@allora/contracts/gen/allora/gateway/v1/gateway';
import { EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { type GrpcChannel, openGrpcChannel } from '@allora/service-kit/grpc-client';
import { createTestDatabase } from '@allora/store/testing';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { gatewayConfig } from '../src/config';
import { GatewayModule } from '../src/gateway.module';
import { readCursor } from '../src/streams/stream-cursor';
import { named, openReader, type SeenEvent } from './event-reader';
import {
  epochEvent,
  epochRewards,
  epochScores,
  networkInference,
  networkLosses,
  noInference,
  topic,
} from './fixtures';
import { coordinatorModule } from './neighbours';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let app: RunningApp;
let network: ServiceBus;
let grpc: GrpcChannel<typeof GatewayService>;

const config = () =>
  gatewayConfig.parse({
    databaseUrl: database.url,
    httpHost: '127.0.0.1',
    httpPort: 0,
    grpcHost: '127.0.0.1',
    grpcPort: 0,
    logLevel: 'silent',
    coordinatorGrpcAddress: 'self',
    streamHeartbeatMs: 100,
    maxStreamsPerAddress: 20,
    slowReaderBytes: 65_536,
  });

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp({
    name: 'gateway',
    config: config(),
    modules: [GatewayModule.register(config()), coordinatorModule()],
  });
  network = app.peer('topic-coordinator');
  grpc = openGrpcChannel(GatewayService, () => app.grpcAddress);
  await network.append(
    busTopics.topics,
    [1, 2, 3, 4, 5, 6].map((id) => topic(id)),
  );
  await vi.waitFor(
    async () =>
      expect((await (await fetch(`${app.httpUrl}/v1/topics/6`)).json()) as object).toMatchObject({ id: 6 }),
    { timeout: 10_000 },
  );
});

afterAll(async () => {
  grpc?.close();
  await app?.close();
  await database?.drop();
});

/** One epoch of a topic, told in its order. */
async function tellEpoch(topicId: number, nonce: number): Promise<void> {
  await network.append(busTopics.epochs, [
    epochEvent(topicId, nonce, EpochPhase.WORKER_WINDOW_OPENED),
    epochEvent(topicId, nonce, EpochPhase.WORKER_WINDOW_CLOSED),
  ]);
  await network.append(busTopics.networkInferences, [networkInference(topicId, nonce)]);
  await network.append(busTopics.networkLosses, [networkLosses(topicId, nonce)]);
  await network.append(busTopics.epochScores, [epochScores(topicId, nonce)]);
  await network.append(busTopics.epochRewards, [epochRewards(topicId, nonce)]);
}

const EVENTS_OF_AN_EPOCH = 6 + 2 + 1;

/** All that is kept, by a reader of its own. */
async function record(query = 'from=start', count = 1): Promise<SeenEvent[]> {
  const reader = await openReader(app.httpUrl, query);
  await reader.until(count);
  // A heartbeat comes behind all that there is.
  const told = reader.cursors.length;
  await vi.waitFor(() => expect(reader.cursors.length).toBeGreaterThan(told));
  reader.leave();
  return reader.events;
}

it('tells what happens from now on, each kind to who asked for it', async () => {
  const all = await openReader(app.httpUrl, '');
  const some = await openReader(app.httpUrl, 'topics=1,3&kinds=inference,window');
  expect(all.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  expect(all.headers['cache-control']).toContain('no-cache');
  await tellEpoch(1, 100);
  await tellEpoch(2, 100);
  await network.append(busTopics.networkInferences, [noInference(1, 110)]);
  await all.until(2 * EVENTS_OF_AN_EPOCH + 2);
  await some.until(4);
  expect(new Set(all.events.filter(({ body }) => body.topicId === 1).map(named))).toEqual(
    new Set([
      'window 1 100 open',
      'phase 1 100 worker_window_opened',
      'window 1 100 closed',
      'phase 1 100 worker_window_closed',
      'inference 1 100 101.5',
      'phase 1 100 inference',
      'phase 1 100 losses',
      'phase 1 100 scores',
      'phase 1 100 rewards',
      'inference 1 110 ',
      'phase 1 110 inference',
    ]),
  );
  expect(some.events.map(named)).toEqual(
    all.events.filter(({ kind, body }) => kind !== 'phase' && body.topicId === 1).map(named),
  );
  const inference = all.events.find(({ kind }) => kind === 'inference');
  expect(inference?.body).toMatchObject({ mode: 'INFERENCE_MODE_WEIGHTED', interval68: [99, 101] });
  const opened = all.events.find((event) => named(event) === 'window 1 100 open');
  expect(opened?.body).toMatchObject({ role: 'worker', stage: 'submit', height: 100, closesHeight: 105 });
  all.leave();
  some.leave();
});

it('goes on behind any cursor, without gap or repeat', async () => {
  const whole = await record('from=start', 2 * EVENTS_OF_AN_EPOCH + 2);
  expect(new Set(whole.map(({ cursor }) => cursor)).size).toBe(whole.length);
  for (const [index, { cursor }] of whole.entries()) {
    if (index === whole.length - 1 || index % 3 > 0) continue;
    const query = index % 2 ? `cursor=${cursor}` : `from=start`;
    const again = await openReader(app.httpUrl, query, { 'last-event-id': cursor });
    await again.until(whole.length - index - 1);
    expect(again.events).toEqual(whole.slice(index + 1));
    again.leave();
  }
  const inferences = await record('from=start&kinds=inference', 3);
  expect(inferences).toEqual(whole.filter(({ kind }) => kind === 'inference'));
  const since = await record('since=105&topics=1', 2);
  expect(since.map(named)).toEqual(['inference 1 110 ', 'phase 1 110 inference']);
});

it('says the same by gRPC', async () => {
  const events = grpc.client.streamEvents({
    topicIds: [1],
    kinds: [StreamKind.INFERENCE, StreamKind.WINDOW],
    from: { $case: 'start', value: true },
  });
  const whole = await record('from=start&topics=1&kinds=inference,window', 4);
  const seen = [];
  for await (const { cursor, event } of events) {
    if (event) seen.push({ cursor, event });
    if (seen.length === whole.length) break;
  }
  expect(seen.map(({ cursor }) => cursor)).toEqual(whole.map(({ cursor }) => cursor));
  const inference = seen.find(({ event }) => event.$case === 'inference')?.event.value;
  expect(inference).toMatchObject({
    topicId: 1,
    nonce: 100,
    combined: 101.5,
    effectiveWorkers: expect.any(Number),
  });
  const heartbeats = grpc.client.streamEvents({ topicIds: [], kinds: [], from: undefined });
  let beats = 0;
  for await (const { event } of heartbeats) {
    expect(event).toBeUndefined();
    if (++beats === 3) break;
  }
});

it('answers by gRPC what it answers by HTTP', async () => {
  const read = async (route: string): Promise<Record<string, unknown>> =>
    z.looseObject({}).parse(await (await fetch(`${app.httpUrl}/v1/topics${route}`)).json());
  const { client } = grpc;
  const ageless = (inference: Inference | undefined) => {
    expect(inference?.trust?.status).toBe('fresh');
    return { ...inference, trust: { ...inference?.trust, ageSeconds: undefined } };
  };
  const page = {
    limit: 2,
    after: 1,
    active: true,
    lossMethod: 'mse',
    creator: '',
    ids: [1, 2, 3, 4],
    search: 'TOPIC',
  };
  const listed = await client.listTopics(page);
  expect(listed.topics.map(({ topic: one }) => one?.id)).toEqual([2, 3]);
  expect(listed.next).toBe(3);
  const { topic: one } = await client.getTopic({ topicId: 1 });
  expect(one).toMatchObject({ latestNonce: 100, topic: { metadata: 'topic 1' }, openWindows: [] });

  const latest = await client.getLatestInference({ topicId: 1, percentiles: [5, 97.5] });
  expect(latest.inference?.percentiles.map(({ percentile }) => percentile)).toEqual([5, 97.5]);
  expect(ageless(latest.inference)).toEqual(
    ageless(Inference.fromJSON(await read('/1/inference?percentiles=5,97.5'))),
  );
  const { inference } = await client.getInference({ topicId: 1, nonce: 100, percentiles: [] });
  expect(inference).toEqual(Inference.fromJSON(await read('/1/inference/100')));
  expect(inference).toMatchObject({
    interval68: [99, 101],
    inferers: [{ share: expect.any(Number) }, {}, {}],
  });

  const range = { fromMs: undefined, toMs: undefined, oldestFirst: true, after: '', limit: 1 };
  const history = await client.listInferences({ topicId: 1, ...range });
  expect(history).toEqual(ListInferencesResponse.fromJSON(await read('/1/history?order=oldest&limit=1')));
  expect(history.inferences).toMatchObject([{ nonce: 100, combined: 101.5, interval95: [98, 102] }]);
  const interval = { interval: '12epochs', fromMs: undefined, toMs: undefined, limit: 0 };
  const bars = await client.listBars({ topicId: 1, ...interval });
  expect(bars).toEqual(ListBarsResponse.fromJSON(await read('/1/bars?interval=12epochs')));
  expect(bars.bars).toMatchObject([{ count: 1, open: 101.5, fromMs: undefined }]);
  const { workers } = await client.listWorkers({ topicId: 1, nonce: 100 });
  expect(workers.find(({ worker }) => worker === 'i0')).toMatchObject({
    value: '100.50',
    weight: 1,
    score: 0.5,
  });

  await expect(client.getTopic({ topicId: 9 })).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
  await expect(client.listBars({ topicId: 1, ...interval, interval: 'x' })).rejects.toMatchObject({
    code: 'MALFORMED',
  });
});

it('gives every reader one order, whatever is told at once', async () => {
  const early = await openReader(app.httpUrl, '');
  const late = [early];
  const told = [];
  for (let nonce = 200; nonce < 250; nonce += 10) {
    told.push(...[1, 2, 3, 4, 5, 6].map((topicId) => tellEpoch(topicId, nonce)));
    if (nonce % 20 === 0) late.push(await openReader(app.httpUrl, `cursor=${early.cursors[0]}`));
  }
  await Promise.all(told);
  const count = 30 * EVENTS_OF_AN_EPOCH;
  for (const reader of late) await reader.until(count);
  for (const reader of late) {
    expect(reader.events.length).toBe(count);
    expect(reader.events.map(({ cursor }) => cursor)).toEqual(early.events.map(({ cursor }) => cursor));
    reader.leave();
  }
  expect(new Set(early.events.map(named)).size).toBe(count);
});

it('moves the cursor of a reader to whom nothing is told', async () => {
  const idle = await openReader(app.httpUrl, 'topics=6&kinds=inference');
  const [first] = idle.cursors;
  await network.append(busTopics.networkInferences, [networkInference(5, 400)]);
  await vi.waitFor(() => expect(idle.cursors.at(-1)).not.toBe(first));
  expect(idle.events).toEqual([]);
  idle.leave();
});

it('never moves a cursor back, whatever is told while many readers have their heartbeat', async () => {
  const readers = await Promise.all(Array.from({ length: 20 }, () => openReader(app.httpUrl, 'topics=6')));
  const before = readers.map(({ cursors }) => cursors.length);
  for (let told = 0; told < 40; told += 1) {
    await network.append(busTopics.networkInferences, [networkInference(6, 500 + 10 * told)]);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  for (const [i, { until, cursors, events, leave }] of readers.entries()) {
    await until(80);
    await vi.waitFor(() => expect(cursors.at(-1)).toBe(readers[0]!.cursors.at(-1)));
    expect(cursors.length - before[i]!).toBeGreaterThan(events.length);
    const places = cursors.map((cursor) => readCursor(cursor).position);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    leave();
  }
});

it.each([
  ['cursor=nonsense', 400, 'MALFORMED'],
  ['cursor=aaaaaaaaaaaa-9', 410, 'CURSOR_EXPIRED'],
  ['topics=1,x', 400, 'MALFORMED'],
  ['kinds=luck', 400, 'MALFORMED'],
  ['from=start&since=7', 400, 'MALFORMED'],
  ['topics=9', 404, 'UNKNOWN_TOPIC'],
])('refuses %s', async (query, status, code) => {
  const answer = await fetch(`${app.httpUrl}/v1/stream?${query}`);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ code });
});

it('refuses by gRPC what it refuses by HTTP', async () => {
  const first = (from: { $case: 'cursor'; value: string }, topicIds: number[] = []) =>
    grpc.client.streamEvents({ topicIds, kinds: [], from })[Symbol.asyncIterator]().next();
  await expect(first({ $case: 'cursor', value: 'x' })).rejects.toMatchObject({ code: 'MALFORMED' });
  await expect(first({ $case: 'cursor', value: 'aaaaaaaaaaaa-9' })).rejects.toMatchObject({
    code: 'CURSOR_EXPIRED',
  });
});

it('bounds the streams of an address', async () => {
  const readers = await Promise.all(Array.from({ length: 25 }, () => openReader(app.httpUrl, '')));
  const refused = readers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(5);
  expect(refused[0]?.headers['retry-after']).toBe('5');
  for (const reader of readers) reader.leave();
  await vi.waitFor(async () =>
    expect(await (await fetch(`${app.httpUrl}/metrics`)).text()).toContain(
      'allora_gateway_stream_readers 0\n',
    ),
  );
});

it('cuts off a reader that does not read, and nobody else', async () => {
  const { port } = new URL(app.httpUrl);
  const slow = connect(Number(port), '127.0.0.1', () =>
    slow.write('GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n'),
  );
  slow.pause();
  const good = await openReader(app.httpUrl, 'kinds=inference');
  const cut = async () =>
    (await (await fetch(`${app.httpUrl}/metrics`)).text()).includes(
      'slow_readers_total{route="/v1/stream"} 1',
    );
  // Many, so that an event is larger than what the connection's own buffers would swallow unnoticed.
  const confidenceValues = Array.from({ length: 5_000 }, (_, i) => 100 + i / 7);
  let told = 0;
  for (; told < 40 && !(await cut()); told += 1) {
    await network.append(busTopics.networkInferences, [
      { ...networkInference(6, 1_000 + 10 * told), confidenceValues },
    ]);
    await good.until(told + 1);
  }
  expect(await cut()).toBe(true);
  good.leave();
  slow.destroy();
});

it('ends streams of a projection that was emptied, and refuses its cursors', async () => {
  const reader = await openReader(app.httpUrl, '');
  const { cursors } = reader;
  await app.database.prisma.$executeRaw`
    TRUNCATE gateway.epoch_facts, gateway.stream_places, gateway.stream_heads`;
  expect(await reader.ended).toBe('ended');
  const answer = await fetch(`${app.httpUrl}/v1/stream?cursor=${cursors.at(-1)}`);
  expect(await answer.json()).toMatchObject({
    status: 410,
    code: 'CURSOR_EXPIRED',
    remedy: expect.any(String),
  });
  await network.append(busTopics.networkInferences, [networkInference(1, 5_000)]);
  expect((await record('from=start', 2)).map(named)).toEqual([
    'inference 1 5000 101.5',
    'phase 1 5000 inference',
  ]);
});

it('ends streams with the process', async () => {
  const reader = await openReader(app.httpUrl, '');
  const iterator = grpc.client
    .streamEvents({ topicIds: [], kinds: [], from: undefined })
    [Symbol.asyncIterator]();
  await iterator.next();
  const drained = (async () => {
    while (!(await iterator.next()).done);
  })();
  const outcome = expect(drained).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const startedMs = performance.now();
  expect(await app.close()).toBe(true);
  expect(await reader.ended).toBe('ended');
  await outcome;
  expect(performance.now() - startedMs).toBeLessThan(config().shutdownTimeoutMs / 2);
});
