import { describe, expect, it } from 'vitest';
import { checkMemory, measure } from './memory';

/** A sample a second. */
const life = (seconds: number, megabytesAt: (second: number) => number) =>
  Array.from({ length: seconds + 1 }, (_, second) => ({
    atMs: second * 1_000,
    megabytes: megabytesAt(second),
  }));

describe('memory', () => {
  it('forgives the growth of a start', () => {
    const grown = measure(
      'gateway',
      life(600, (second) => (second < 50 ? 100 + second * 4 : 300)),
    );
    expect(grown).toMatchObject({ startMegabytes: 300, endMegabytes: 300, growth: 1, judged: true });
    expect(checkMemory([grown])).toEqual([]);
  });

  it('finds a leak', () => {
    const leaking = measure(
      'gateway',
      life(600, (second) => 200 + second / 2),
    );
    expect(leaking.growth).toBeGreaterThan(1.2);
    expect(checkMemory([leaking]).map(({ rule }) => rule)).toEqual(['MEMORY_GROWS']);
  });

  it('does not judge a short life', () => {
    const young = measure(
      'gateway',
      life(60, (second) => 100 + 10 * second),
    );
    expect(young.judged).toBe(false);
    expect(checkMemory([young])).toEqual([]);
  });

  it('has nothing to say of a process that never lived', () => {
    expect(measure('gateway', [])).toMatchObject({ lifeSeconds: 0, judged: false, growth: 1 });
  });
});
