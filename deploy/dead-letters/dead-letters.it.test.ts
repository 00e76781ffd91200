import 'reflect-metadata';
import { Inject, Injectable, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { createTestDatabase } from '@allora/store/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { runDeadLetters } from './command';
import { startApp, type RunningApp } from '@allora/service-kit/app';
import { commonConfig } from '@allora/service-kit/common-config';
import { Log } from '@allora/service-kit/log';
import { serviceBusProvider } from '@allora/service-kit/service-bus.provider';
import { SERVICE_BUS } from '@allora/service-kit/tokens';

const log = Log.create({ name: 'kit', level: 'silent', format: 'json' });
const adminToken = 'an operator token of this test';
const topic = busTopics.topics;

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => void (testDatabase = await createTestDatabase()));
afterAll(() => testDatabase.drop());

const mended = new Set<number>();
const handled: number[] = [];

@Injectable()
class Fragile implements OnModuleInit {
  constructor(@Inject(SERVICE_BUS) private readonly bus: ServiceBus) {}

  onModuleInit(): void {
    this.bus.on(topic, async ({ id }) => {
      if (!mended.has(id)) throw new Error(`topic ${id} is not mended`);
      handled.push(id);
    });
  }
}

class FragileModule {
  static register(): DynamicModule {
    return { module: FragileModule, providers: [serviceBusProvider('gateway'), Fragile] };
  }
}

let app: RunningApp | undefined;
afterEach(async () => void (await app?.close()));

async function start(overrides: object): Promise<string> {
  const config = commonConfig.parse({
    ...{ databaseUrl: testDatabase.url, httpPort: 0, grpcHost: '127.0.0.1', grpcPort: 0 },
    ...overrides,
  });
  app = await startApp({ name: 'kit-test', config, log, modules: [FragileModule.register()] });
  return app.httpUrl;
}

async function cli(...args: string[]) {
  let [out, err] = ['', ''];
  const output = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const exitCode = await runDeadLetters(args, output, {});
  return { exitCode, out, err };
}

test('an operator sees what was given up and why, mends, and has it tried again', async () => {
  const url = await start({ httpHost: '127.0.0.1', adminToken });
  const token = ['--token', adminToken];
  expect(await cli('list', '--url', url, ...token)).toEqual({
    ...{ exitCode: 0, out: 'no dead letters wait\n', err: '' },
  });
  const peer = app!.peer('topic-coordinator');
  await peer.append(topic, [Topic.fromPartial({ id: 11 }), Topic.fromPartial({ id: 12 })]);
  const list = async () => {
    const { exitCode, out } = await cli('list', '--url', url, ...token, '--json');
    expect(exitCode).toBe(0);
    return JSON.parse(out) as Record<string, unknown>[];
  };
  await expect.poll(list, { timeout: 20_000, interval: 300 }).toHaveLength(2);
  expect((await list()).find(({ key }) => key === '11')).toMatchObject({
    service: 'gateway',
    topic: topic.name,
    reason: 'handler_failed',
    attempts: 5,
    schema: topic.schema,
    error: expect.stringContaining('topic 11 is not mended') as unknown,
  });
  const shown = await cli('list', '--url', url, ...token, '--topic', topic.name, '--limit', '1');
  expect(shown.out).toContain('gateway: handler_failed after 5 attempts');

  mended.add(11);
  expect(await cli('replay', '--url', url, ...token)).toEqual({
    exitCode: 3,
    out: `${topic.name}, gateway: 1 replayed, 1 failed again\n`,
    err: '',
  });
  mended.add(12);
  expect((await cli('replay', '--url', url, ...token, '--topic', topic.name)).exitCode).toBe(0);
  expect(handled).toEqual([11, 12]);
  expect(await list()).toEqual([]);
});

test('without the token nothing is shown or moved', async () => {
  const url = await start({ httpHost: '127.0.0.1', adminToken });
  for (const args of [['list'], ['list', '--token', 'a wrong one'], ['replay', '--topic', topic.name]]) {
    const { exitCode, err } = await cli(...args, '--url', url);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^NOT_AUTHORIZED: /);
  }
});

test('without a token configured only loopback is open', async () => {
  const open = await start({ httpHost: '127.0.0.1' });
  expect((await cli('list', '--url', open)).exitCode).toBe(0);
  await app?.close();
  const closed = await start({ httpHost: '0.0.0.0' });
  const { exitCode, err } = await cli('list', '--url', closed);
  expect([exitCode, err]).toEqual([1, expect.stringContaining('ADMIN_TOKEN is not set') as unknown]);
  expect((await cli('replay', '--url', closed, '--topic', topic.name)).exitCode).toBe(1);
});

test('wrong usage is told apart from a refusal', async () => {
  const url = await start({ httpHost: '127.0.0.1' });
  expect(await cli('list', '--url', url, '--topic', 'nowhere.v1')).toMatchObject({
    exitCode: 1,
    err: expect.stringMatching(/^NOT_FOUND: no service of this process reads nowhere.v1/) as unknown,
  });
  expect((await cli('list', '--url', 'http://127.0.0.1:1')).err).toContain('cannot be reached');
  expect((await cli('list')).exitCode).toBe(2);
  expect((await cli('list', '--url', 'nonsense')).exitCode).toBe(2);
  expect((await cli('destroy', '--url', url)).exitCode).toBe(2);
  const help = await cli('--help');
  expect(help.exitCode).toBe(0);
  expect(help.out).toContain('Exit codes: 0 done');
});
