import { RefusalError } from '@allora/contracts/errors';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { expect, test } from 'vitest';
import { RateLimit } from './rate-limit';

class CountingStore extends RateLimiterMemory {
  asked = 0;

  override consume(key: string, points?: number) {
    this.asked++;
    return super.consume(key, points);
  }
}

const limitOf = (points: number, duration = 60) => {
  const store = new CountingStore({ points, duration });
  return { store, limit: new RateLimit({ policy: 'key', store }) };
};

async function admitted(takes: readonly Promise<unknown>[]): Promise<number> {
  const results = await Promise.allSettled(takes);
  const refusals = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as Error] : [],
  );
  for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'RATE_LIMITED' });
  return results.length - refusals.length;
}

test.each([1, 7, 100, 1_003])('exactly %i are admitted, one by one and all at once', async (points) => {
  const [apart, together] = [limitOf(points).limit, limitOf(points).limit];
  let count = 0;
  for (let index = 0; index < points + 20; index++) count += await admitted([apart.take('a', 1)]);
  expect(count).toBe(points);
  expect(await admitted(Array.from({ length: points + 20 }, () => together.take('a', 1)))).toBe(points);
});

test('the store is asked some ten times a window, refusals included', async () => {
  const { limit, store } = limitOf(10_000);
  await admitted(Array.from({ length: 30_000 }, () => limit.take('a', 1)));
  expect(store.asked).toBeLessThanOrEqual(11);
});

test('keys have their own shares', async () => {
  const { limit } = limitOf(10);
  expect(await admitted(Array.from({ length: 40 }, (_, index) => limit.take(`key ${index % 4}`, 1)))).toBe(
    40,
  );
  expect(await admitted([limit.take('key 1', 1)])).toBe(0);
});

test('a bulk counts as many as it holds, and what is too much for it is still there for less', async () => {
  const { limit } = limitOf(100);
  await limit.take('a', 97);
  expect(await admitted([limit.take('a', 4)])).toBe(0);
  expect(await admitted([1, 1, 1, 1].map((points) => limit.take('a', points)))).toBe(3);
  expect(await admitted([limit.take('b', 101)])).toBe(0);
  await limit.take('b', 100);
});

test('two processes on one store admit no more than the limit together', async () => {
  const store = new CountingStore({ points: 500, duration: 60 });
  const processes = [1, 2, 3].map(() => new RateLimit({ policy: 'key', store }));
  const takes = Array.from({ length: 1_500 }, (_, index) => processes[index % 3]!.take('a', 1));
  expect(await admitted(takes)).toBe(500);
});

test('a new window is a new share', async () => {
  const { limit } = limitOf(5, 1);
  expect(await admitted(Array.from({ length: 9 }, () => limit.take('a', 1)))).toBe(5);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  expect(await admitted(Array.from({ length: 9 }, () => limit.take('a', 1)))).toBe(5);
});

test('it tells how things stand', async () => {
  const { limit } = limitOf(100, 30);
  expect(await limit.take('a', 10)).toEqual({
    policy: 'key',
    quota: 100,
    windowSeconds: 30,
    remaining: 90,
    resetSeconds: 30,
  });
  await limit.take('a', 90);
  const refusal = await limit.take('a', 1).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(RefusalError);
  expect(refusal).toMatchObject({
    message: '100 in 30 s per key',
    facts: { policy: 'key', quota: 100, windowSeconds: 30, remaining: 0, retryAfterSeconds: 30 },
  });
});

test('a store that fails is an error, not a refusal', async () => {
  const { limit, store } = limitOf(10);
  store.consume = () => Promise.reject(new Error('away'));
  await expect(limit.take('a', 1)).rejects.toThrow('away');
});

test('taking costs little', async () => {
  const { limit } = limitOf(100_000_000);
  const startedMs = performance.now();
  for (let index = 0; index < 200_000; index++) await limit.take('a', 1);
  // Some 0.3 µs each; the bound leaves room for a busy machine, and none for a round trip.
  expect((performance.now() - startedMs) / 200_000).toBeLessThan(0.02);
});
