import { describe, expect, test } from 'vitest';
import { cacheContract } from '../test/cache.contract';
import { createMemoryCache } from './cache-memory';
import { Log } from './log';

const log = Log.create({ name: 'test', level: 'silent', format: 'json' });

describe('contract', () => {
  const only = createMemoryCache({ log });
  cacheContract(async () => only);
});

test('beyond its size the entry written longest ago goes', async () => {
  const cache = createMemoryCache({ log, maxEntries: 2 });
  for (const key of ['a', 'b', 'a', 'c']) await cache.set(key, Buffer.from(key));
  expect(await cache.get('b')).toBeUndefined();
  expect(await cache.get('a')).toEqual(Buffer.from('a'));
  expect(await cache.get('c')).toEqual(Buffer.from('c'));
});
