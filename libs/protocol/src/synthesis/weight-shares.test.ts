import { expect, it } from 'vitest';
import { weightShares } from './weight-shares';

it('counts an even mixture as its workers, in the whole range of doubles', () => {
  for (const weight of [1e-300, 3, 1e300]) {
    const { shares, effectiveWorkers } = weightShares([weight, weight, null]);
    expect(shares).toEqual([0.5, 0.5, null]);
    expect(effectiveWorkers).toBeCloseTo(2, 14);
  }
});
