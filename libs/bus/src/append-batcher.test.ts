import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AppendBatcher } from './append-batcher';

function batcher(writes: string[][], limits = { maxItems: 100, maxBytes: 1_000 }) {
  return new AppendBatcher<string, string>(
    async (items) => {
      await sleep(2);
      if (items.includes('bad')) throw new Error('refused');
      writes.push([...items]);
      return items.map((item) => item.toUpperCase());
    },
    (item) => item.length,
    limits,
  );
}

describe('gathered appends', () => {
  it('keep the order of arrival and answer each caller with its own results', async () => {
    const writes: string[][] = [];
    const log = batcher(writes);
    const first = log.add(['a', 'b']);
    await sleep(0);
    const rest = Promise.all([log.add(['c']), log.add(['d', 'e']), log.add([])]);
    expect(await first).toEqual(['A', 'B']);
    expect(await rest).toEqual([['C'], ['D', 'E'], []]);
    expect(writes).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
  });

  it('stay within the limits, but let a larger request pass alone', async () => {
    const writes: string[][] = [];
    const log = batcher(writes, { maxItems: 3, maxBytes: 6 });
    await Promise.all(
      ['aaaa', 'bbbb', 'c', 'd', 'e', 'f', 'a giant of many bytes'].map((item) => log.add([item])),
    );
    expect(writes).toEqual([['aaaa'], ['bbbb', 'c', 'd'], ['e', 'f'], ['a giant of many bytes']]);
  });

  it('tell a failure to those in the same write only', async () => {
    const log = batcher([], { maxItems: 1, maxBytes: 100 });
    const results = await Promise.allSettled([log.add(['bad']), log.add(['good'])]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});
