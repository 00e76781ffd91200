import { describe, expect, it } from 'vitest';
import { backoffMs, pause } from './backoff';

describe('backoff', () => {
  it('doubles up to its limit and spreads over the upper half', () => {
    const limits = { baseMs: 100, maxMs: 1_000 };
    const high = [1, 2, 3, 4, 5, 60].map((attempt) => backoffMs(attempt, limits, () => 1));
    const low = [1, 2, 3, 4, 5, 60].map((attempt) => backoffMs(attempt, limits, () => 0));
    expect(high).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(low).toEqual([50, 100, 200, 400, 500, 500]);
  });

  it('is cut short by a stop', async () => {
    const stopping = new AbortController();
    const waiting = pause(60_000, stopping.signal);
    stopping.abort();
    await expect(waiting).rejects.toThrow('aborted');
  });
});
