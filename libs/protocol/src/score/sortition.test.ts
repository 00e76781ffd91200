import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ordinary } from '../../test/arbitraries';
import { DEFAULT_PARAMS } from '../params';
import { meritRanks, passiveEma, passiveEmas, selectActive, sortition } from './sortition';

const participants = ['a', 'b', 'c', 'd'];

describe('selectActive', () => {
  it('takes the largest EMA scores, ties by lower id, in id order', () => {
    expect(selectActive({ participants, previousEma: [1, 3, 1, 2], limit: 3 })).toEqual(['a', 'b', 'd']);
    expect(selectActive({ participants, previousEma: [0, 0, 0, 0], limit: 2 })).toEqual(['a', 'b']);
  });

  it('counts an unknown participant as 0', () => {
    expect(selectActive({ participants, previousEma: [-1, null, 1, -2], limit: 2 })).toEqual(['b', 'c']);
  });

  it('takes everybody within the limit, and nobody at 0', () => {
    expect(selectActive({ participants, previousEma: [1, 2, 3, 4], limit: 9 })).toEqual(participants);
    expect(selectActive({ participants, previousEma: [1, 2, 3, 4], limit: 0 })).toEqual([]);
    expect(() => selectActive({ participants, previousEma: [1, 2, 3, 4], limit: 1.5 })).toThrowError(/limit/);
  });

  it('leaves nobody out who scores above somebody let in', () => {
    const scores = fc.array(ordinary, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(scores, fc.nat(4), (previousEma, limit) => {
        const active = new Set(selectActive({ participants, previousEma, limit }));
        const inside = previousEma.filter((_, a) => active.has(participants[a]!));
        const outside = previousEma.filter((_, a) => !active.has(participants[a]!));
        expect(Math.min(...inside)).toBeGreaterThanOrEqual(Math.max(...outside));
        expect(active.size).toBe(limit);
      }),
    );
  });
});

describe('meritRanks', () => {
  it('counts from 1 down the EMA scores, ties by lower id', () => {
    expect(meritRanks({ participants, previousEma: [1, 3, 1, null] })).toEqual([2, 1, 3, 4]);
  });
});

describe('passiveEmas', () => {
  it('pulls all who were left out toward the stored quantile, or toward 0 before any', () => {
    const known = new Map([['a', 1]]);
    const rules = { meritSortitionAlpha: 0.1, storedQuantile: 3 };
    const [a, b] = passiveEmas(['a', 'b'], known, rules);
    expect(a).toEqual({
      participant: 'a',
      emaScore: passiveEma({ ...rules, quantileScore: 3, previousEma: 1 }),
    });
    expect(b).toEqual({ participant: 'b', emaScore: 3 });
    expect(passiveEmas(['a'], known, { ...rules, storedQuantile: null })[0]!.emaScore).toBeCloseTo(0.9, 14);
  });
});

describe('sortition', () => {
  it('scores the active and pulls the passive to their quantile', () => {
    const params = { ...DEFAULT_PARAMS, meritSortitionAlpha: 0.5, quantile: 0.5 };
    const input = { participants, previousEma: [4, 3, 2, null], scores: [10, 20, 999, 999], limit: 2 };
    expect(sortition(input, params)).toEqual({ active: ['a', 'b'], quantile: 15, ema: [7, 11.5, 8.5, 15] });
  });

  it('offers the chain its own quantile for the passive', () => {
    expect(passiveEma({ meritSortitionAlpha: 0.1, quantileScore: 5, previousEma: 10 })).toBe(9.5);
    expect(passiveEma({ meritSortitionAlpha: 0.1, quantileScore: 5, previousEma: null })).toBe(5);
  });
});
