import type { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { describe, expect, it } from 'vitest';
import { RecentSubmissions } from './recent-submissions';

const key = (author: string) => ({ topicId: 1, nonce: 2, author });
const entry = (hash: string, receipt = Promise.resolve({ hash } as Receipt)) => ({ hash, receipt });

describe('recent submissions', () => {
  it('are found by topic, nonce and author', () => {
    const recent = new RecentSubmissions(10);
    recent.add(key('a'), entry('x'));
    expect(recent.get(key('a'))?.hash).toBe('x');
    expect(recent.get(key('b'))).toBeUndefined();
    expect(recent.get({ ...key('a'), nonce: 3 })).toBeUndefined();
  });

  it('give way to newer ones', () => {
    const recent = new RecentSubmissions(2);
    for (const author of ['a', 'b', 'c']) recent.add(key(author), entry(author));
    expect(['a', 'b', 'c'].map((author) => recent.get(key(author))?.hash)).toEqual([undefined, 'b', 'c']);
  });

  it('are gone when the log did not take them', async () => {
    const recent = new RecentSubmissions(2);
    const failing = Promise.reject<Receipt>(new Error('away'));
    recent.add(key('a'), entry('x', failing));
    await expect(recent.get(key('a'))?.receipt).rejects.toThrow('away');
    expect(recent.get(key('a'))).toBeUndefined();
  });
});
