import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weightShares } from './weight-shares';

const inference = (
  inferers: readonly (number | undefined)[],
  forecasters: readonly (number | undefined)[] = [],
) =>
  NetworkInference.fromPartial({
    inferers: inferers.map((weight, i) => ({ inferer: `i${i}`, weight })),
    forecasters: forecasters.map((weight, i) => ({ forecaster: `f${i}`, weight })),
  });

describe('weightShares', () => {
  it('counts equal workers as that many, and one heavy worker as about one', () => {
    expect(weightShares(inference([2, 2], [2, 2])).effectiveWorkers).toBeCloseTo(4, 12);
    expect(weightShares(inference([1e9, 1, 1])).effectiveWorkers).toBeCloseTo(1, 6);
  });

  it('has no shares where there are no weights', () => {
    const nobody = { inferers: [null, null], forecasters: [null], effectiveWorkers: 2 };
    expect(weightShares(inference([undefined, undefined], [undefined]))).toEqual(nobody);
    expect(weightShares(inference([0, 0], [0]))).toEqual(nobody);
  });

  it('sums to one and stays finite at any scale', () => {
    const weight = fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1 }), fc.array(weight), (inferers, forecasters) => {
        fc.pre([...inferers, ...forecasters].some((w) => w > 0));
        const shares = weightShares(inference(inferers, forecasters));
        const total = [...shares.inferers, ...shares.forecasters].reduce<number>(
          (sum, x) => sum + (x ?? 0),
          0,
        );
        expect(total).toBeCloseTo(1, 9);
        expect(shares.effectiveWorkers).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(shares.effectiveWorkers).toBeLessThanOrEqual(inferers.length + forecasters.length + 1e-9);
      }),
    );
  });
});
