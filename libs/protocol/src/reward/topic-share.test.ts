import { describe, expect, it } from 'vitest';
import { DEFAULT_PARAMS } from '../params';
import { dripFees, topicRewards, topicWeights } from './topic-share';

describe('topic weights', () => {
  const run = (stakes: number[], feeRevenues: number[], previousWeights: (number | null)[]) =>
    topicWeights(
      { topics: ['t0', 't1'], stakes, feeRevenues, epochLengths: [10, 20], previousWeights },
      DEFAULT_PARAMS,
    ).weights;

  it('are the root of stake times fees per block, smoothed', () => {
    expect(run([4, 9], [90, 80], [null, 2])).toEqual([6, 4]);
  });

  it('are 0 at once without fees', () => {
    expect(run([4, 9], [0, 80], [100, null])).toEqual([0, 6]);
  });

  it('refuse an epoch of no blocks', () => {
    const input = {
      topics: ['t'],
      stakes: [1],
      feeRevenues: [1],
      epochLengths: [0],
      previousWeights: [null],
    };
    expect(() => topicWeights(input, DEFAULT_PARAMS)).toThrowError(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    );
  });
});

describe('fees', () => {
  it('drip by one epoch of a week', () => {
    expect(dripFees(1000, 864, 864 * 4.345 * 10)).toBe(900);
    expect(dripFees(999, 864, 864 * 4.345 * 10)).toBe(899);
    expect(dripFees(1000, 8640, 864 * 4.345)).toBe(0);
  });
});

describe('topic rewards', () => {
  const base = {
    topics: ['t0', 't1', 't2'],
    weights: [1, 5, 5],
    epochLengths: [10, 10, 20],
    totalWeight: 20,
    emissionPerBlock: 4,
    treasury: 1e6,
    paidTopics: 2,
  };

  it('pay the heaviest by weight, emission and length', () => {
    expect(topicRewards(base)).toEqual({ paid: ['t1', 't2'], rewards: [null, 10, 20] });
  });

  it('break ties by the lower id', () => {
    expect(topicRewards({ ...base, paidTopics: 1 }).paid).toEqual(['t1']);
  });

  it('share a treasury that does not reach, by weight and length', () => {
    expect(topicRewards({ ...base, treasury: 15 }).rewards).toEqual([null, 5, 10]);
    expect(topicRewards({ ...base, treasury: 7, paidTopics: 1 }).rewards).toEqual([null, 7, null]);
    expect(topicRewards({ ...base, treasury: 30 }).rewards).toEqual([null, 10, 20]);
  });

  it('pay nothing from nothing, and nothing to a weight of 0', () => {
    expect(topicRewards({ ...base, treasury: 0 }).rewards).toEqual([null, null, null]);
    expect(topicRewards({ ...base, weights: [0, 5, 0], paidTopics: 3 }).rewards).toEqual([null, 10, null]);
    expect(() => topicRewards({ ...base, totalWeight: 0 })).toThrowError(
      expect.objectContaining({ code: 'ZERO_TOTAL_WEIGHT' }),
    );
  });
});
