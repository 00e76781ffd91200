import { describe, expect, it } from 'vitest';
import { backoffMs, isRetried, retryAfterMs } from './retry';

describe('retryAfterMs', () => {
  it('reads seconds and dates, and nothing else', () => {
    expect(retryAfterMs('2', 0)).toBe(2_000);
    expect(retryAfterMs('0.25', 0)).toBe(250);
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:05 GMT', 1_000)).toBe(4_000);
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:05 GMT', 60_000)).toBe(0);
    expect(retryAfterMs('soon', 0)).toBeNull();
    expect(retryAfterMs(null, 0)).toBeNull();
    expect(retryAfterMs('', 0)).toBeNull();
  });

  it('does not sleep for hours', () => {
    expect(retryAfterMs('86400', 0)).toBe(30_000);
  });
});

describe('backoffMs', () => {
  it('doubles up to its limit, half of it random', () => {
    expect([0, 1, 2, 20].map((attempt) => backoffMs(attempt, null, () => 1))).toEqual([100, 200, 400, 5_000]);
    expect(backoffMs(1, null, () => 0)).toBe(100);
  });

  it('never comes back before the time asked for', () => {
    expect(backoffMs(0, 3_000, () => 0)).toBe(3_000);
    expect(backoffMs(0, 3_000, () => 0.5)).toBeGreaterThan(3_000);
  });
});

it('retries what says "not now", and no refusal', () => {
  expect([503, 429, 502, 504].every(isRetried)).toBe(true);
  expect([200, 400, 401, 404, 409, 422, 500].some(isRetried)).toBe(false);
});
