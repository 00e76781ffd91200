import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Disk, disk } from './atomic-file';
import { Journal, type JournalEntry } from './journal';
import { takeLock } from './lock';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'allora-journal-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => path.join(folder, 'state/journal.json');
const open = (network = 'n', own: Disk = disk, keptEntries = 3, formerly?: string[]) =>
  Journal.open({
    file: file(),
    disk: own,
    network,
    address: 'a',
    keptEntries,
    ...(formerly && { formerly }),
  });
const entry = (nonce: number, value = '1', state: JournalEntry['state'] = 'sending'): JournalEntry => ({
  ...{ kind: 'inference', topicId: 1, nonce, state, atMs: 0 },
  request: { topicId: 1, nonce, value },
});

describe('a journal', () => {
  it('is found again as it was, by its owner alone', async () => {
    const journal = await open();
    await journal.put(entry(5));
    await journal.put(entry(5, '1', 'accepted'));
    await journal.put(entry(6, '2'));
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    const again = await open();
    expect(again.get('inference', 1, 5)).toEqual(entry(5, '1', 'accepted'));
    expect(again.get('forecast', 1, 5)).toBeUndefined();
    expect(again.list('inference', 1).map(({ nonce }) => nonce)).toEqual([5, 6]);
  });

  it('takes one value for a nonce', async () => {
    const journal = await open();
    await journal.put(entry(5));
    await expect(journal.put(entry(5, '2'))).rejects.toThrow(/another inference stands/);
    expect((await open()).get('inference', 1, 5)).toEqual(entry(5));
  });

  it('keeps the latest', async () => {
    const journal = await open();
    for (const nonce of [9, 7, 8, 10, 6]) await journal.put(entry(nonce));
    expect((await open()).list('inference', 1).map(({ nonce }) => nonce)).toEqual([8, 9, 10]);
  });

  it('writes once for many that come together, and answers each when its own is on disk', async () => {
    let writes = 0;
    const counting: Disk = {
      read: disk.read,
      replace: async (place, content) => {
        writes += 1;
        await disk.replace(place, content);
      },
    };
    const journal = await open('n', counting, 100);
    const puts = Array.from({ length: 20 }, (_, nonce) =>
      journal
        .put(entry(nonce))
        .then(() => expect(readFileSync(file(), 'utf8')).toContain(`"nonce":${nonce},`)),
    );
    await Promise.all(puts);
    expect(writes).toBe(2);
  });

  it('fails whoever waits for a write that fails, and no other', async () => {
    let broken = true;
    const breaking: Disk = {
      read: disk.read,
      replace: (place, content) =>
        broken ? Promise.reject(new Error('full')) : disk.replace(place, content),
    };
    const journal = await open('n', breaking);
    await expect(journal.put(entry(1))).rejects.toThrow('full');
    broken = false;
    await journal.put(entry(2));
    expect((await open()).list('inference', 1)).toHaveLength(2);
  });

  it('says nothing of another network but one by another key, and is not replaced when it is broken', async () => {
    await (await open()).put(entry(5));
    expect((await open('another')).list('inference', 1)).toEqual([]);
    const renamed = await open('another', disk, 3, ['another', 'n']);
    expect(renamed.list('inference', 1)).toHaveLength(1);
    await renamed.put(entry(6));
    expect((await open('another')).list('inference', 1)).toHaveLength(2);
    writeFileSync(file(), '{"version":1,"entr');
    await expect(open()).rejects.toThrow(/no journal of a/);
    expect(readdirSync(path.dirname(file()))).toEqual(['journal.json']);
  });
});

describe('a lock', () => {
  const lock = () => path.join(folder, 'a.lock');

  it('is held by one', () => {
    const release = takeLock(lock());
    expect(() => takeLock(lock())).toThrow(/another runner/);
    release();
    takeLock(lock())();
  });

  it('of a process that is gone, or that was ours in an earlier life, counts for nothing', () => {
    for (const holder of [`4194303 ${os.hostname()}`, `${process.pid} ${os.hostname()}`, 'rubbish']) {
      writeFileSync(lock(), holder);
      takeLock(lock())();
    }
  });

  it('of another process that runs counts', () => {
    writeFileSync(lock(), `${process.ppid} ${os.hostname()}`);
    expect(() => takeLock(lock())).toThrow(new RegExp(`process ${process.ppid}`));
  });
});
