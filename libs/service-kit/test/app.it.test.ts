import 'reflect-metadata';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { DynamicModule, OnModuleInit } from '@nestjs/common';
import { busTopics } from '@allora/contracts/catalog';
import { HealthService } from '@allora/contracts/gen/grpc/health/v1/health';
import { Topic, TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { startApp, type AppOptions, type RunningApp } from '../src/app';
import { ManualClock } from '../src/clock';
import { commonConfig } from '../src/common-config';
import { openGrpcChannel } from '../src/grpc-client';
import { Log } from '../src/log';
import { Database } from '@allora/store/database';
import { createTestDatabase } from '@allora/store/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { EchoModule, EchoWitness, heldTopicId, ListenerModule } from './echo.module';

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
const lines: string[] = [];
const log = Log.create({
  name: 'kit',
  level: 'info',
  format: 'json',
  destination: { write: (line) => void lines.push(line) },
});
const apps: RunningApp[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  lines.splice(0);
});
afterAll(() => testDatabase.drop());

const config = (overrides: object = {}) =>
  commonConfig.parse({
    databaseUrl: testDatabase.url,
    httpHost: '127.0.0.1',
    httpPort: 0,
    grpcHost: '127.0.0.1',
    grpcPort: 0,
    shutdownTimeoutMs: 10_000,
    ...overrides,
  });

async function start(modules: DynamicModule[], options: Partial<AppOptions> = {}): Promise<RunningApp> {
  const app = await startApp({ name: 'kit-test', config: config(), log, modules, ...options });
  apps.push(app);
  return app;
}

const getJson = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const connectionsOf = (database: Database) =>
  database.prisma.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'allora%' AND pid <> pg_backend_pid()`;

test('it is live, ready and measured', async () => {
  const { httpUrl, grpcAddress } = await start([EchoModule.register(new EchoWitness())]);
  expect(await getJson(`${httpUrl}/health/live`)).toEqual({ status: 200, body: { status: 'live' } });
  expect(await getJson(`${httpUrl}/health/ready`)).toEqual({
    status: 200,
    body: { status: 'ready', failing: [] },
  });
  const metrics = await (await fetch(`${httpUrl}/metrics`)).text();
  expect(metrics).toContain('nodejs_eventloop_lag_p99_seconds');
  expect(metrics).toContain(
    'allora_kit_test_http_request_duration_seconds_count{method="GET",route="/health/ready",status="200"} 1',
  );
  expect(metrics).toMatch(/allora_kit_test_database_connections{state="max"} 20/);
  const health = openGrpcChannel(HealthService, () => grpcAddress);
  expect(await health.client.check({ service: '' })).toEqual({ status: 1 });
  health.close();
  expect(lines.join('')).toContain(`"httpUrl":"${httpUrl}"`);
});

test('services of one process call each other by gRPC', async () => {
  const { httpUrl } = await start([EchoModule.register(new EchoWitness())]);
  expect((await getJson(`${httpUrl}/v1/topics/7`)).body).toMatchObject({ id: 7, creator: 'allo1x' });
  expect(await getJson(`${httpUrl}/v1/topics/404`)).toMatchObject({
    status: 404,
    body: { code: 'UNKNOWN_TOPIC', topicId: 404 },
  });
  expect(await getJson(`${httpUrl}/v1/topics/x`)).toMatchObject({ status: 400, body: { code: 'MALFORMED' } });
});

test('each service module has its own bus, and the clock is the one given', async () => {
  const [echo, listener] = [new EchoWitness(), new EchoWitness()];
  const clock = new ManualClock(1_234);
  const app = await start([EchoModule.register(echo), ListenerModule.register(listener)], { clock });
  const heights: number[] = [];
  const peer = app.peer('gateway');
  peer.on(busTopics.registrations, async ({ height }) => void heights.push(height));
  await peer.start();
  const topic = Topic.fromPartial({ id: 11, creator: 'allo1x' });
  await peer.append(busTopics.topics, [topic]);
  await expect
    .poll(() => [echo.seen, listener.seen, heights], { timeout: 10_000 })
    .toEqual([[topic], [topic], [1_234]]);
});

test('a stop lets the answer under way finish, then the module, then the bus; the database is left last', async () => {
  const witness = new EchoWitness();
  const app = await start([EchoModule.register(witness)]);
  const slow = getJson(`${app.httpUrl}/v1/slow`);
  await expect.poll(() => witness.waiting).toBe(1);
  const closingMs = performance.now();
  const closed = app.close().then((clean) => (witness.events.push('closed'), clean));
  await expect
    .poll(() =>
      fetch(`${app.httpUrl}/health/ready`).then(
        ({ status }) => status,
        () => 'refused',
      ),
    )
    .not.toBe(200);
  expect(witness.events).toEqual([]);
  witness.release();
  expect(await slow).toEqual({ status: 200, body: { slow: true } });
  expect(await closed).toBe(true);
  expect(witness.events).toEqual(['slow answered', 'module destroyed', 'application shut down', 'closed']);
  expect(performance.now() - closingMs).toBeLessThan(4_000); // a kept-alive connection does not hold up the stop
  expect(lines.at(-2)).toContain('bus drained');
  const outside = Database.open({ url: testDatabase.url, maxConnections: 1, name: 'outside' });
  expect(await connectionsOf(outside)).toEqual([{ count: 0 }]);
  await outside.close();
});

test('a request whose end comes during a stop is answered like any other, as the last of its connection', async () => {
  const witness = new EchoWitness();
  const app = await start([EchoModule.register(witness)]);
  const { hostname, port } = new URL(app.httpUrl);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  socket.write('GET /health/live HTTP/1.1\r\nhost: test\r\n');
  const slow = getJson(`${app.httpUrl}/v1/slow`);
  await expect.poll(() => witness.waiting).toBe(1);
  const closed = app.close();
  await expect
    .poll(() =>
      fetch(app.httpUrl).then(
        () => 'taken',
        () => 'refused',
      ),
    )
    .toBe('refused');
  socket.write('\r\n');
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer.toLowerCase()).toContain('connection: close');
  witness.release();
  expect(await slow).toMatchObject({ status: 200 });
  expect(await closed).toBe(true);
});

test('an event under way is finished between the end of the timers and the end of what handlers work with', async () => {
  const witness = new EchoWitness();
  const app = await start([EchoModule.register(witness)]);
  await app.peer('topic-coordinator').append(busTopics.topics, [Topic.fromPartial({ id: heldTopicId })]);
  await expect.poll(() => witness.seen, { timeout: 10_000 }).toHaveLength(1);
  const closed = app.close();
  await expect.poll(() => witness.events).toEqual(['module destroyed']);
  witness.release();
  expect(await closed).toBe(true);
  expect(witness.events).toEqual(['module destroyed', 'topic handled', 'application shut down']);
});

test('an answer that never comes is cut off and the rest still stops', async () => {
  const witness = new EchoWitness();
  const app = await start([EchoModule.register(witness)], { config: config({ shutdownTimeoutMs: 1_000 }) });
  const slow = fetch(`${app.httpUrl}/v1/slow`).catch((error: unknown) => error);
  await expect.poll(() => witness.waiting).toBe(1);
  const startedMs = performance.now();
  await app.close();
  expect(performance.now() - startedMs).toBeLessThan(2_500);
  expect(await slow).toBeInstanceOf(Error);
  expect(witness.events).toContain('module destroyed');
  witness.release();
});

test('open streams do not hold up a stop', async () => {
  const app = await start([EchoModule.register(new EchoWitness())]);
  const events = await fetch(`${app.httpUrl}/v1/stream`);
  const channel = openGrpcChannel(TopicCoordinatorService, () => app.grpcAddress);
  const windows = (async () => {
    for await (const { topicId } of channel.client.streamWindows({ topicId: 7 })) expect(topicId).toBe(7);
  })();
  windows.catch(() => undefined);
  await expect
    .poll(async () => (await fetch(`${app.httpUrl}/metrics`)).text())
    .toContain('allora_kit_test_grpc_open_streams{method="TopicCoordinator.StreamWindows"} 1');
  const startedMs = performance.now();
  expect(await app.close()).toBe(true);
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  expect(await events.text()).toBe('retry: 2000\n\nevent: echo\ndata: hello\n\n');
  await expect(windows).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  channel.close();
});

test('a database that has gone makes it unready by name, and live', async () => {
  const database = Database.open({ url: testDatabase.url, maxConnections: 5 });
  const { httpUrl } = await start([], { database });
  await database.close();
  expect(await getJson(`${httpUrl}/health/ready`)).toEqual({
    status: 503,
    body: { status: 'not ready', failing: ['database'] },
  });
  expect((await getJson(`${httpUrl}/health/live`)).status).toBe(200);
});

test('a start that fails leaves nothing open', async () => {
  class Broken implements OnModuleInit {
    onModuleInit(): void {
      throw new Error('cannot begin');
    }
  }
  class BrokenModule {}
  const broken: DynamicModule = { module: BrokenModule, providers: [Broken] };
  await expect(start([EchoModule.register(new EchoWitness()), broken])).rejects.toThrow('cannot begin');
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  await expect(start([], { config: config({ httpPort: port }) })).rejects.toThrow('EADDRINUSE');
  await expect(start([], { config: config({ grpcPort: port }) })).rejects.toThrow(String(port));
  taken.close();
  const outside = Database.open({ url: testDatabase.url, maxConnections: 1, name: 'outside' });
  expect(await connectionsOf(outside)).toEqual([{ count: 0 }]);
  await outside.close();
  await start([EchoModule.register(new EchoWitness())]);
});
