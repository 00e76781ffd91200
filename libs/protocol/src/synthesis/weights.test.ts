import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyFinite, ordinary } from '../../test/arbitraries';
import { DEFAULT_PARAMS } from '../params';
import { blendGroup, createGroup, pushMember, weighGroup, weightsFromRegrets } from './weights';

const slopeAt = (z: number): number => 3 / (1 + Math.exp(3 * (0.75 - z)));
const regretLists = (numbers: fc.Arbitrary<number>) => fc.array(numbers, { minLength: 1, maxLength: 12 });

describe('weights from regrets', () => {
  it('cap a high regret at c + 6.75/p', () => {
    expect(weightsFromRegrets([0.5], DEFAULT_PARAMS)[0]).toBeCloseTo(slopeAt(3), 14);
    expect(weightsFromRegrets([0.0299], DEFAULT_PARAMS)[0]).toBeCloseTo(slopeAt(2.99), 14);
  });

  it('anchor the best of a poor group at c - 8.25/p', () => {
    expect(weightsFromRegrets([-9], DEFAULT_PARAMS)[0]).toBeCloseTo(slopeAt(-2), 17);
    expect(weightsFromRegrets([-0.0199], DEFAULT_PARAMS)[0]).toBeCloseTo(slopeAt(-1.99), 14);
    const [best, next] = weightsFromRegrets([-10, -10.5], {
      ...DEFAULT_PARAMS,
      epsilon: 1 - Math.sqrt(0.125),
    });
    expect(best).toBeCloseTo(slopeAt(-2), 14);
    expect(next).toBeCloseTo(slopeAt(-2.5), 14);
  });

  it('cut a regret below c - 17.25/p to exactly 0', () => {
    // 35 zeros and one -1 have a deviation of 1/6.
    const regrets = [...new Array<number>(35).fill(0), -1];
    const spread = 1 / 6 + 0.01;
    expect(-1 / spread).toBeLessThan(-5);
    expect(weightsFromRegrets(regrets, DEFAULT_PARAMS)[35]).toBe(0);
    expect(weightsFromRegrets(regrets, { ...DEFAULT_PARAMS, epsilon: 0.05 })[35]).toBeGreaterThan(0);
  });

  it('lie in 0..p with at least one above 0, whatever the regrets', () => {
    fc.assert(
      fc.property(regretLists(fc.oneof(anyFinite, ordinary)), (regrets) => {
        const weights = weightsFromRegrets(regrets, DEFAULT_PARAMS);
        expect(weights.every((w) => w >= 0 && w <= 3)).toBe(true);
        expect(Math.max(...weights)).toBeGreaterThan(0);
      }),
    );
  });

  it('rise with the regret', () => {
    fc.assert(
      fc.property(regretLists(ordinary), (regrets) => {
        const sorted = regrets.toSorted((a, b) => a - b);
        const weights = weightsFromRegrets(sorted, DEFAULT_PARAMS);
        for (let a = 1; a < weights.length; a += 1)
          expect(weights[a]).toBeGreaterThanOrEqual(weights[a - 1]!);
      }),
    );
  });

  it('do not depend on the order of the group', () => {
    fc.assert(
      fc.property(regretLists(ordinary), (regrets) => {
        const weights = weightsFromRegrets(regrets, DEFAULT_PARAMS);
        weightsFromRegrets(regrets.toReversed(), DEFAULT_PARAMS)
          .reverse()
          .forEach((w, a) => expect(Math.abs(w - weights[a]!)).toBeLessThanOrEqual(1e-9 * weights[a]!));
      }),
    );
  });
});

describe('blend', () => {
  it('divides by the floor while the weights are smaller', () => {
    const group = createGroup(2);
    pushMember(group, 10, 0);
    pushMember(group, 20, 0);
    weighGroup(group, DEFAULT_PARAMS);
    expect(blendGroup(group, 1e-7)).toBeCloseTo(15, 13);
    expect(blendGroup(group, 1)).toBeCloseTo(30 * slopeAt(0), 12);
  });
});
