import 'reflect-metadata';
import { deleteTopicsOf } from '@allora/bus/kafka-admin';
import { busTopics } from '@allora/contracts/catalog';
import { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createTestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureStack } from '../../../deploy/stack/stack';
import { startApp, type RunningApp } from '../src/app';
import type { Cache } from '../src/cache';
import { commonConfig, type CommonConfig } from '../src/common-config';
import { Log } from '../src/log';
import { CACHE } from '../src/tokens';
import { EchoModule, EchoWitness } from './echo.module';

const prefix = `kit-test-${process.pid}.`;
const log = Log.create({ name: 'kit', level: 'silent', format: 'json' });
let stack: Awaited<ReturnType<typeof ensureStack>>;
let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  stack = await ensureStack();
  testDatabase = await createTestDatabase();
});
afterAll(async () => {
  await testDatabase.drop();
  await deleteTopicsOf(stack.kafkaBrokers.split(','), prefix);
});

const config = (overrides: object = {}): CommonConfig =>
  commonConfig.parse({
    databaseUrl: testDatabase.url,
    bus: 'kafka',
    kafkaBrokers: stack.kafkaBrokers.split(','),
    kafkaPartitions: 1,
    busTopicPrefix: prefix,
    redisUrl: stack.redisUrl,
    chainId: prefix,
    httpHost: '127.0.0.1',
    httpPort: 0,
    grpcHost: '127.0.0.1',
    grpcPort: 0,
    ...overrides,
  });

const ready = async ({ httpUrl }: RunningApp): Promise<unknown> =>
  (await fetch(`${httpUrl}/health/ready`)).json();

test('on Kafka and Redis two processes share the log and the cache', async () => {
  const witness = new EchoWitness();
  const [one, two] = await Promise.all([
    startApp({ name: 'one', config: config(), log, modules: [EchoModule.register(witness)] }),
    startApp({ name: 'two', config: config(), log, modules: [] }),
  ]);
  expect(await Promise.all([one, two].map(ready))).toEqual([
    { status: 'ready', failing: [] },
    { status: 'ready', failing: [] },
  ]);
  const topic = Topic.fromPartial({ id: 11, creator: 'allo1x' });
  await two.peer('topic-coordinator').append(busTopics.topics, [topic]);
  await expect.poll(() => witness.seen, { timeout: 30_000 }).toEqual([topic]);
  await one.get<Cache>(CACHE).set('latest', Buffer.from('41'));
  expect(await two.get<Cache>(CACHE).get('latest')).toEqual(Buffer.from('41'));
  await one.get<Cache>(CACHE).delete('latest');
  expect(await Promise.all([one.close(), two.close()])).toEqual([true, true]);
});

test('a Redis that cannot be reached makes the process unready, not dead', async () => {
  const app = await startApp({
    name: 'one',
    config: config({ redisUrl: 'redis://127.0.0.1:1' }),
    log,
    modules: [],
  });
  expect(await ready(app)).toEqual({ status: 'not ready', failing: ['redis'] });
  await app.close();
});

test('without brokers it does not start', async () => {
  const started = startApp({
    name: 'one',
    config: config({ kafkaBrokers: ['127.0.0.1:1'] }),
    log,
    modules: [],
  });
  await expect(started).rejects.toThrow('Kafka');
});
