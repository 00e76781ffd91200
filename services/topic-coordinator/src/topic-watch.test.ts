import type { StreamWindowsResponse } from '@allora/contracts/gen/allora/topics/v1/topics';
import { describe, expect, it } from 'vitest';
import { TopicWatch, WindowFollower } from './topic-watch';

const state = (height: number, ...nonces: number[]): StreamWindowsResponse => ({
  topicId: 1,
  height,
  windows: nonces.map((nonce) => ({
    ...{ topicId: 1, nonce, role: 1, stage: 1, openedHeight: nonce, closesHeight: nonce + 2 },
  })),
});

/** A watch whose readings end when the test says so. */
function openWatch() {
  interface Reading {
    readonly resolve: (now: StreamWindowsResponse) => void;
    readonly reject: (error: Error) => void;
  }
  const readings: Reading[] = [];
  const watch = new TopicWatch(
    1,
    () => new Promise((resolve, reject) => void readings.push({ resolve, reject })),
  );
  const follow = () => {
    const follower = new WindowFollower(watch);
    watch.followers.add(follower);
    return { follower, states: follower[Symbol.asyncIterator]() };
  };
  return { watch, readings, follow };
}

describe('a watch of a topic', () => {
  it('is ready after one reading, however many wait for it', async () => {
    const { watch, readings } = openWatch();
    const waiting = [watch.ready(), watch.ready(), watch.ready()];
    expect(readings).toHaveLength(1);
    readings[0]!.resolve(state(5));
    await Promise.all(waiting);
    await watch.ready();
    expect(readings).toHaveLength(1);
  });

  it('reads again after a reading that may have begun before the change', async () => {
    const { watch, readings } = openWatch();
    const first = watch.look();
    const later = [watch.look(), watch.look(), watch.look()];
    readings[0]!.resolve(state(5));
    await first;
    await expect.poll(() => readings.length).toBe(2);
    readings[1]!.resolve(state(6, 6));
    await Promise.all(later);
    expect(readings).toHaveLength(2);
    expect(watch.latest).toEqual(state(6, 6));
  });

  it('reads again after a failure, which reaches who asked', async () => {
    const { watch, readings } = openWatch();
    const [first, later] = [watch.look(), watch.look()];
    readings[0]!.reject(new Error('no database'));
    await expect(first).rejects.toThrow('no database');
    await expect.poll(() => readings.length).toBe(2);
    readings[1]!.resolve(state(6));
    await later;
    expect(watch.latest).toEqual(state(6));
  });

  it('tells each follower other windows, not other heights', async () => {
    const { watch, readings, follow } = openWatch();
    const { states } = follow();
    const look = async (now: StreamWindowsResponse) => {
      const looked = watch.look();
      readings.at(-1)!.resolve(now);
      await looked;
    };
    await look(state(5, 5));
    expect((await states.next()).value).toEqual(state(5, 5));
    const next = states.next();
    await look(state(6, 5));
    await look(state(7));
    expect((await next).value).toEqual(state(7));
  });

  it('spares a slow follower the states in between', async () => {
    const { watch, readings, follow } = openWatch();
    const { states } = follow();
    for (const height of [1, 2, 3]) {
      const looked = watch.look();
      readings.at(-1)!.resolve(state(height, height));
      await looked;
    }
    expect((await states.next()).value).toEqual(state(3, 3));
  });

  it('lets go of a follower that waits', async () => {
    const { follower, states } = openWatch().follow();
    const next = states.next();
    follower.end();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
