import { describe, expect, it } from 'vitest';
import { limitsConfig } from '../config/runner-config';
import { callTimeoutMs, Pace, tryInWindow } from './retrying';

const limits = limitsConfig.parse({ retryDelayMs: 1, maxRetries: 3 });
const trying = (signal: AbortSignal, failures: unknown[] = [], timeoutMs = 1_000) => ({
  ...{ limits, signal, timeoutMs },
  onFailure: (error: unknown) => void failures.push(error),
});

describe('the limit of a call', () => {
  const pace = new Pace();
  it('is below the window', () => {
    expect(callTimeoutMs({ limits, pace }, 4)).toBe(30_000);
    expect(callTimeoutMs({ limits: { ...limits, blockMs: 500 }, pace }, 4)).toBe(1_600);
    expect(callTimeoutMs({ limits: { ...limits, blockMs: 60_000 }, pace }, 4)).toBe(30_000);
  });

  it('follows the heights that are told, but for a clock that jumps', () => {
    pace.told(10, 1_000);
    expect(pace.blockMs()).toBeUndefined();
    pace.told(20, 51_000);
    expect(pace.blockMs()).toBe(5_000);
    expect(callTimeoutMs({ limits, pace }, 4)).toBe(16_000);
    pace.told(1_000_000, 51_001);
    expect(callTimeoutMs({ limits, pace }, 4)).toBe(2_000);
  });
});

describe('trying in a window', () => {
  it('goes on until it succeeds or was tried often enough', async () => {
    const failures: unknown[] = [];
    let left = 2;
    const call = () => (left-- > 0 ? Promise.reject(new Error('not yet')) : Promise.resolve('done'));
    expect(await tryInWindow(call, trying(new AbortController().signal, failures))).toBe('done');
    expect(failures).toHaveLength(2);
    left = 9;
    expect(await tryInWindow(call, trying(new AbortController().signal, failures))).toBeNull();
    expect(failures).toHaveLength(6);
  });

  it('ends a call with its time or with the window', async () => {
    const hang = (signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('cut'))),
      );
    const failures: unknown[] = [];
    expect(await tryInWindow(hang, trying(AbortSignal.timeout(100), failures, 20))).toBeNull();
    expect(failures.length).toBeGreaterThan(1);
    expect(await tryInWindow(hang, trying(AbortSignal.abort()))).toBeNull();
  });
});
