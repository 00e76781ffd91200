import 'reflect-metadata';
import { deleteTopicsOf } from '@allora/bus/kafka-admin';
import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import { type RunningApp, startApp } from '@allora/service-kit/app';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { ensureStack } from '../../../deploy/stack/stack';
import { type GatewayConfig, gatewayConfig } from '../src/config';
import { GatewayModule } from '../src/gateway.module';
import { type CuttableRoad, cuttableRoad } from './cuttable-road';
import { epochEvent, networkInference, topic } from './fixtures';
import { coordinatorModule } from './neighbours';

const answerShape = z.looseObject({
  nonce: z.number().optional(),
  code: z.string().optional(),
  trust: z.looseObject({ ageSeconds: z.number(), epochsBehind: z.number() }).optional(),
});

let database: TestDatabase;
let pool: pg.Pool;
let redis: CuttableRoad;
let config: GatewayConfig;
let replicas: RunningApp[];
let network: ServiceBus;

async function read(replica: RunningApp | undefined, path: string, init?: RequestInit) {
  const response = await fetch(`${replica?.httpUrl}${path}`, init);
  const text = await response.text();
  const body = text === '' ? {} : answerShape.parse(JSON.parse(text));
  return { status: response.status, headers: response.headers, text, body };
}
const eventually = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 25 });
const latestOf = (topicId: number) => `/v1/topics/${topicId}/inference`;
const everyone = (path: string, known: object) =>
  eventually(async () => {
    const answers = await Promise.all(replicas.map((replica) => read(replica, path)));
    for (const { body } of answers) expect(body).toMatchObject(known);
    return answers;
  });
const tell = (topicId: number, nonce: number) =>
  network.append(busTopics.networkInferences, [networkInference(topicId, nonce)]);

async function readsFrom(replica: RunningApp | undefined, source: string): Promise<number> {
  const text = await (await fetch(`${replica?.httpUrl}/metrics`)).text();
  const found = new RegExp(`latest_inference_reads_total{source="${source}"} (\\d+)`).exec(text);
  return Number(found?.[1] ?? 0);
}

/** Whoever reads where answers are kept for good has to wait until the work is done. */
async function behindLockedTables(work: () => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('LOCK TABLE gateway.latest_inferences, gateway.epoch_facts, gateway.topics');
    await work();
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

const startReplica = (own: Partial<GatewayConfig> = {}) => {
  const settings = { ...config, ...own };
  const modules = [GatewayModule.register(settings), coordinatorModule()];
  return startApp({ name: 'gateway', config: settings, modules });
};

beforeAll(async () => {
  const { redisUrl, kafkaBrokers } = await ensureStack();
  const { hostname, port } = new URL(redisUrl);
  redis = await cuttableRoad({ host: hostname, port: Number(port) });
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  const name = `hot-${randomUUID().slice(0, 8)}`;
  config = gatewayConfig.parse({
    databaseUrl: database.url,
    redisUrl: `redis://127.0.0.1:${redis.port}`,
    bus: 'kafka',
    kafkaBrokers: kafkaBrokers.split(','),
    kafkaPartitions: 2,
    busTopicPrefix: `${name}.`,
    networkKey: '01'.repeat(32),
    chainId: name,
    httpHost: '127.0.0.1',
    httpPort: 0,
    grpcHost: '127.0.0.1',
    grpcPort: 0,
    logLevel: 'silent',
    coordinatorGrpcAddress: 'self',
  });
  replicas = [await startReplica(), await startReplica()];
  network = replicas[0]!.peer('synthesis');
  await network.append(busTopics.topics, [1, 2, 3, 4, 5, 6].map(topic));
  await everyone('/v1/topics/6', { id: 6 });
});

afterAll(async () => {
  await Promise.all((replicas ?? []).map((replica) => replica.close()));
  await pool?.end();
  await database?.drop();
  await redis?.cut();
  if (config) await deleteTopicsOf(config.kafkaBrokers, config.busTopicPrefix);
});

it('says something new at every replica when its event is handled at one of them', async () => {
  for (const nonce of [100, 110, 120]) {
    await tell(1, nonce);
    // Nobody asks before it is there: who finds nothing in the cache looks into the database, and rightly so.
    await eventually(async () => {
      const { rowCount } = await pool.query(
        'SELECT FROM gateway.epoch_facts WHERE topic_id = 1 AND nonce = $1',
        [nonce],
      );
      expect(rowCount).toBe(1);
    });
    // Told over the channel: neither may have to wait until its own copy is old.
    await everyone(latestOf(1), { nonce });
  }
  const sources = await Promise.all(replicas.map((replica) => readsFrom(replica, 'database')));
  expect(sources).toEqual([0, 0]);
});

it('does not read the database for an answer that is in memory', async () => {
  await tell(2, 100);
  await everyone(latestOf(2), { nonce: 100 });
  const before = await readsFrom(replicas[0], 'memory');
  await behindLockedTables(async () => {
    for (let i = 0; i < 20; i++)
      await Promise.all(Array.from({ length: 50 }, () => read(replicas[0], latestOf(2))));
  });
  expect((await readsFrom(replicas[0], 'memory')) - before).toBeGreaterThan(900);
});

it('counts those answers like all others, and gives them the same headers', async () => {
  const { headers } = await read(replicas[0], latestOf(2), { headers: { 'x-request-id': 'mine' } });
  const ordinary = await read(replicas[0], '/v1/topics/2');
  expect(headers.get('x-request-id')).toBe('mine');
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  const own = new Set(headers.keys());
  expect([...ordinary.headers.keys()].filter((name) => !own.has(name))).toEqual([]);
  const text = await (await fetch(`${replicas[0]?.httpUrl}/metrics`)).text();
  const count =
    /duration_seconds_count{method="GET",route="\/v1\/topics\/:id\/inference",status="200"} (\d+)/;
  expect(Number(count.exec(text)?.[1])).toBeGreaterThan(1_000);
});

it('tells a growing age, and the epochs that ended since, out of the same facts', async () => {
  const first = await everyone(latestOf(2), { nonce: 100 });
  const ages = first.map(({ body }) => body.trust?.ageSeconds ?? NaN);
  await eventually(async () => {
    const { trust } = (await read(replicas[0], latestOf(2))).body;
    expect(trust?.ageSeconds).toBeGreaterThan(ages[0]!);
  });
  await network.append(
    busTopics.epochs,
    [110, 120].map((nonce) => epochEvent(2, nonce, EpochPhase.WORKER_WINDOW_CLOSED)),
  );
  await everyone(latestOf(2), { nonce: 100, trust: { epochsBehind: 2 } });
});

it('answers 304 to whoever has it already, and HEAD without a body', async () => {
  const known = await read(replicas[0], latestOf(1));
  const etag = known.headers.get('etag') ?? '';
  for (const given of [etag, `"other", ${etag}`, '*']) {
    const again = await read(replicas[0], latestOf(1), { headers: { 'if-none-match': given } });
    expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', etag]);
    expect(again.headers.get('cache-control')).toBe(known.headers.get('cache-control'));
  }
  const other = await read(replicas[0], latestOf(1), { headers: { 'if-none-match': '"other"' } });
  expect([other.status, other.body.nonce]).toEqual([200, 120]);
  const head = await fetch(`${replicas[0]?.httpUrl}${latestOf(1)}`, { method: 'HEAD' });
  expect([head.status, await head.text(), head.headers.get('etag')]).toEqual([200, '', etag]);
});

it.each([
  [latestOf(5), 404, 'NO_INFERENCE_YET'],
  [latestOf(404), 404, 'UNKNOWN_TOPIC'],
  ['/v1/topics/01/inference', 400, 'MALFORMED'],
  ['/v1/topics/one/inference', 400, 'MALFORMED'],
  [`${latestOf(1)}?nothing=1`, 400, 'MALFORMED'],
])('refuses %s as always', async (path, status, code) => {
  const answer = await read(replicas[0], path);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
});

it('reads once for all who ask at once for what it does not have', async () => {
  await tell(3, 100);
  await everyone(latestOf(3), { nonce: 100 });
  // Long enough for a busy machine to answer them all before the first copy is old.
  const late = await startReplica({ latestInferenceTtlMs: 60_000 });
  try {
    const answers = await Promise.all(Array.from({ length: 200 }, () => read(late, latestOf(3))));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.nonce}`))).toEqual(
      new Set(['200 100']),
    );
    expect((await readsFrom(late, 'cache')) + (await readsFrom(late, 'database'))).toBe(1);
  } finally {
    await late.close();
  }
});

it('goes on without Redis, and finds back to it', async () => {
  await tell(4, 100);
  await everyone(latestOf(4), { nonce: 100 });
  await redis.cut();
  await tell(4, 110);
  await everyone(latestOf(4), { nonce: 110 });
  await redis.mend();
  await tell(4, 120);
  await everyone(latestOf(4), { nonce: 120 });
});
