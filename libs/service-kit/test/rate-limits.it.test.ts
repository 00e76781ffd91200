import { createServer, connect, type Socket } from 'node:net';
import { createRedisCache } from '../src/cache-redis';
import { Log } from '../src/log';
import { RateLimits } from '../src/rate-limits';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { ensureStack } from '../../../deploy/stack/stack';

const log = Log.create({ name: 'test', level: 'silent', format: 'json' });
let url: string;
beforeAll(async () => {
  url = (await ensureStack({ parts: ['redis'] })).redisUrl;
});
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

let tests = 0;
/** A process with its own connection; those of one test share a prefix. */
async function openProcesses(redisUrl: string, count: number, points: number, windowSeconds = 30) {
  const prefix = `kit-limits-${process.pid}-${Date.now()}-${tests++}:`;
  const config = {
    rateLimitPerAddress: points,
    rateLimitPerKey: points,
    rateLimitWindowSeconds: windowSeconds,
  };
  const caches = Array.from({ length: count }, () =>
    createRedisCache({ url: redisUrl, log, prefix, commandTimeoutMs: 300 }),
  );
  undo.push(() => Promise.all(caches.map((cache) => cache.close())));
  await Promise.all(caches.map((cache) => cache.ping()));
  return caches.map(({ connection }) => new RateLimits({ config, redis: connection, prefix }));
}

async function admitted(takes: readonly Promise<unknown>[]): Promise<number> {
  const results = await Promise.allSettled(takes);
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'RATE_LIMITED' });
  }
  return results.filter(({ status }) => status === 'fulfilled').length;
}
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** A way to Redis that can be cut and mended. */
async function openLine(target: string) {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  const listen = (at: number) =>
    new Promise<number>((resolve) =>
      server.listen(at, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    );
  const ownPort = await listen(0);
  const cut = () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    return closed;
  };
  undo.push(cut);
  return { url: `redis://127.0.0.1:${ownPort}`, cut, mend: () => listen(ownPort) };
}

test('processes on one Redis share a limit', async () => {
  const processes = await openProcesses(url, 2, 200);
  const takes = times(600, (index) => processes[index % 2]!.takeForKey('allo1a'));
  expect(await admitted(takes)).toBe(200);
  expect(await admitted(times(10, () => processes[0]!.takeForAddress('203.0.113.9')))).toBe(10);
});

test('what one process has leased and not spent is missing to the other, and no more than that', async () => {
  const [one, two] = await openProcesses(url, 2, 100);
  expect(await admitted([one!.takeForKey('allo1a')])).toBe(1);
  expect(await admitted(times(150, () => two!.takeForKey('allo1a')))).toBe(90);
  expect(await admitted(times(20, () => one!.takeForKey('allo1a')))).toBe(9);
});

test('a window ends for all', async () => {
  const processes = await openProcesses(url, 2, 10, 1);
  expect(await admitted(times(40, (index) => processes[index % 2]!.takeForKey('allo1a')))).toBe(10);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  expect(await admitted(times(40, (index) => processes[index % 2]!.takeForKey('allo1a')))).toBe(10);
});

test('while Redis is away each process counts by itself, and serves on; then they share again', async () => {
  const line = await openLine(url);
  const processes = await openProcesses(line.url, 2, 50, 2);
  const askAll = (author: string) =>
    Promise.all(
      processes.map((limits) => times(80, () => limits.takeForKey(author))).map((takes) => admitted(takes)),
    );
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  expect(sum(await askAll('allo1a'))).toBe(50);
  await line.cut();
  const startedMs = performance.now();
  expect(await askAll('allo1b')).toEqual([50, 50]);
  expect(performance.now() - startedMs).toBeLessThan(1_500);
  await line.mend();
  let round = 0;
  await expect
    .poll(async () => sum(await askAll(`allo1c${round++}`)), { timeout: 10_000, interval: 200 })
    .toBe(50);
});
