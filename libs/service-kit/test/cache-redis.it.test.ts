import { createRedisCache } from '../src/cache-redis';
import { Log } from '../src/log';
import { beforeAll, describe, expect, test } from 'vitest';
import { ensureStack } from '../../../deploy/stack/stack';
import { cacheContract } from './cache.contract';

const log = Log.create({ name: 'test', level: 'silent', format: 'json' });
let url: string;
beforeAll(async () => {
  url = (await ensureStack({ parts: ['redis'] })).redisUrl;
});

describe('contract', () => {
  cacheContract(async () => createRedisCache({ url, log, prefix: `kit-test-${process.pid}:` }));
});

test('networks with different prefixes do not meet', async () => {
  const [one, two] = ['one', 'two'].map((name) =>
    createRedisCache({ url, log, prefix: `${name}-${process.pid}:` }),
  );
  const heard: string[] = [];
  await two?.subscribe('channel', () => heard.push('two'));
  await one?.set('key', Buffer.from('x'), 10_000);
  await one?.publish('channel', Buffer.from('x'));
  expect(await two?.get('key')).toBeUndefined();
  expect(heard).toEqual([]);
  await one?.close();
  await two?.close();
});

test('out of reach it fails soon and says so to the probe', async () => {
  const cache = createRedisCache({ url: 'redis://127.0.0.1:1', log, prefix: '', commandTimeoutMs: 200 });
  const startedMs = performance.now();
  await expect(cache.ping()).rejects.toThrow();
  await expect(cache.get('key')).rejects.toThrow();
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  await cache.close();
});
