import type { Cache } from '../src/cache';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** Every adapter of the cache passes it. `open` gives another view of the same cache, as another process has it. */
export function cacheContract(open: () => Promise<Cache>): void {
  let cache: Cache;
  let other: Cache;
  let serial = 0;
  const fresh = (name: string) => `${name}-${process.pid}-${++serial}`;
  const bytes = (text: string) => Buffer.from(text);

  beforeAll(async () => {
    [cache, other] = [await open(), await open()];
  });
  afterAll(async () => {
    await cache.close();
    if (other !== cache) await other.close();
  });

  test('what was set is got, byte for byte, by everyone', async () => {
    const key = fresh('bytes');
    const value = Buffer.from([0, 255, 10, 13, 128, 0]);
    await cache.set(key, value);
    expect(await other.get(key)).toEqual(value);
    await other.set(key, bytes('newer'));
    expect(await cache.get(key)).toEqual(bytes('newer'));
  });

  test('an empty value is a value, an unset key is none', async () => {
    const key = fresh('empty');
    expect(await cache.get(key)).toBeUndefined();
    await cache.set(key, new Uint8Array());
    expect(await cache.get(key)).toEqual(Buffer.alloc(0));
  });

  test('the caller may go on using its buffer', async () => {
    const key = fresh('copy');
    const value = bytes('mine');
    await cache.set(key, value);
    value.fill(0);
    const got = await cache.get(key);
    expect(got).toEqual(bytes('mine'));
    got?.fill(0);
    expect(await cache.get(key)).toEqual(bytes('mine'));
  });

  test('deleted is gone; deleting nothing is no error', async () => {
    const key = fresh('delete');
    await cache.set(key, bytes('x'));
    await other.delete(key);
    expect(await cache.get(key)).toBeUndefined();
    await cache.delete(key);
  });

  test('a time to live passes; setting again without one lifts it', async () => {
    const [short, lifted] = [fresh('ttl'), fresh('ttl')];
    await cache.set(lifted, bytes('x'), 800);
    await cache.set(lifted, bytes('x'));
    await cache.set(short, bytes('x'), 800);
    expect(await cache.get(short)).toEqual(bytes('x'));
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(await cache.get(short)).toBeUndefined();
    expect(await cache.get(lifted)).toEqual(bytes('x'));
  });

  test('set if absent leaves what is there, and what it sets passes', async () => {
    const [key, short] = [fresh('absent'), fresh('absent')];
    await cache.setIfAbsent(key, bytes('first'), 60_000);
    await other.setIfAbsent(key, bytes('second'), 60_000);
    expect(await cache.get(key)).toEqual(bytes('first'));
    await cache.setIfAbsent(short, bytes('x'), 60);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await other.get(short)).toBeUndefined();
  });

  test('a message reaches every listener of its channel, in order, and no other', async () => {
    const [channel, quiet] = [fresh('channel'), fresh('channel')];
    const heard: string[][] = [[], [], []];
    await cache.subscribe(channel, (message) => heard[0]?.push(message.toString()));
    await other.subscribe(channel, (message) => heard[1]?.push(message.toString()));
    await cache.subscribe(quiet, (message) => heard[2]?.push(message.toString()));
    const sent = Array.from({ length: 50 }, (_, index) => String(index));
    for (const message of sent) await cache.publish(channel, bytes(message));
    await expect.poll(() => [heard[0]?.length, heard[1]?.length]).toEqual([50, 50]);
    expect(heard).toEqual([sent, sent, []]);
  });

  test('who has unsubscribed hears no more, the others still do', async () => {
    const channel = fresh('channel');
    const heard: string[] = [];
    const leave = await cache.subscribe(channel, () => heard.push('gone'));
    await cache.subscribe(channel, () => heard.push('here'));
    await leave();
    await other.publish(channel, bytes('x'));
    await expect.poll(() => heard).toEqual(['here']);
  });

  test('a listener that throws does not keep the message from the next', async () => {
    const channel = fresh('channel');
    const heard: string[] = [];
    await cache.subscribe(channel, () => {
      throw new Error('listener is broken');
    });
    await cache.subscribe(channel, (message) => heard.push(message.toString()));
    await cache.publish(channel, bytes('x'));
    await expect.poll(() => heard).toEqual(['x']);
  });

  test('it answers a probe', async () => {
    await cache.ping();
  });
}
