import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PartitionQueue } from './partition-queue';
import type { StoredRecord } from './transport';

const record = (offset: number): StoredRecord => ({
  topic: 't',
  key: 'k',
  value: new Uint8Array(1),
  position: { partition: 0, offset },
  appendedAtMs: 0,
});
const offsets = (records: readonly StoredRecord[]) => records.map(({ position }) => position.offset);

function queue(handle: (records: number[]) => Promise<void>, stopping = new AbortController()) {
  const handled: number[] = [];
  const made = new PartitionQueue({
    handle: (records) => handle(offsets(records)),
    maxBatchRecords: 2,
    onHandled: (last) => handled.push(last.position.offset),
    onRejected: () => undefined,
    signal: stopping.signal,
  });
  return { made, handled, stopping };
}

describe('a partition on its way to the handler', () => {
  it('goes in batches and in order, and says when it is full', async () => {
    const batches: number[][] = [];
    const { made, handled } = queue(async (batch) => void batches.push(batch));
    made.push([1, 2, 3, 4, 5].map(record));
    expect(made.full).toBe(true);
    await made.idle();
    expect(made.full).toBe(false);
    expect(batches).toEqual([[1, 2], [3, 4], [5]]);
    expect(handled).toEqual([2, 4, 5]);
  });

  it('delivers a rejected batch again', async () => {
    const batches: number[][] = [];
    const { made, handled } = queue(async (batch) => {
      batches.push(batch);
      if (batches.length === 1) throw new Error('once');
    });
    made.push([1, 2].map(record));
    await made.idle();
    expect(batches).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(handled).toEqual([2]);
  });

  it('waits for the batch in hand when its records come again from elsewhere', async () => {
    const story: string[] = [];
    const { made } = queue(async (batch) => {
      story.push(`in ${batch}`);
      await sleep(5);
      story.push(`out ${batch}`);
    });
    made.push([record(1)]);
    await sleep(1);
    made.clear();
    made.push([record(1), record(2)]);
    await made.idle();
    expect(story).toEqual(['in 1', 'out 1', 'in 1,2', 'out 1,2']);
  });

  it('finishes the batch in hand at a stop and takes no other', async () => {
    const { made, handled, stopping } = queue(() => sleep(5));
    made.push([1, 2, 3].map(record));
    stopping.abort();
    await made.idle();
    made.push([record(4)]);
    await made.idle();
    expect(handled).toEqual([2]);
  });
});
