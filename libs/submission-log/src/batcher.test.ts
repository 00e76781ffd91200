import { describe, expect, it } from 'vitest';
import { Batcher } from './batcher';

/** Runs are held until released, so that a test decides what is under way. */
function heldBatcher(options: { concurrency: number; maxItems: number }) {
  const runs: {
    items: readonly number[];
    release: (answers?: number[]) => void;
    fail: (error: Error) => void;
  }[] = [];
  const batcher = new Batcher<number, number>({
    ...options,
    run: (items) =>
      new Promise((resolve, reject) => {
        runs.push({
          items,
          release: (answers) => resolve(answers ?? items.map((n) => n * 10)),
          fail: reject,
        });
      }),
  });
  return { batcher, runs };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a batcher', () => {
  it('groups what arrives while a group is under way, and answers each its own', async () => {
    const { batcher, runs } = heldBatcher({ concurrency: 1, maxItems: 2 });
    const answers = [1, 2, 3, 4].map((n) => batcher.add(n));
    expect(runs.map(({ items }) => items)).toEqual([[1]]);
    runs[0]!.release();
    await turn();
    expect(runs[1]!.items).toEqual([2, 3]);
    runs[1]!.release();
    await turn();
    runs[2]!.release();
    expect(await Promise.all(answers)).toEqual([10, 20, 30, 40]);
  });

  it('keeps several groups under way, not more', () => {
    const { batcher, runs } = heldBatcher({ concurrency: 2, maxItems: 9 });
    for (const n of [1, 2, 3, 4]) void batcher.add(n);
    expect(runs.map(({ items }) => items)).toEqual([[1], [2]]);
  });

  it('fails those of a failed group, and goes on', async () => {
    const { batcher, runs } = heldBatcher({ concurrency: 1, maxItems: 9 });
    const [first, second] = [batcher.add(1), batcher.add(2)];
    runs[0]!.fail(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    await turn();
    runs[1]!.release();
    expect(await second).toBe(20);
  });

  it('takes a wrong number of answers for a failure', async () => {
    const { batcher, runs } = heldBatcher({ concurrency: 1, maxItems: 9 });
    const answer = batcher.add(1);
    runs[0]!.release([]);
    await expect(answer).rejects.toThrow('0 answers to 1 items');
  });
});
