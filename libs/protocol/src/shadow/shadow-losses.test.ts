import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyFinite } from '../../test/arbitraries';
import { lossOfTruth } from '../explain/recovered-truth';
import type { LossBundle } from '../loss/loss-table';
import { DEFAULT_LOSS_FLOOR } from '../loss/topic-loss';
import { shadowLosses, shadowRegret } from './shadow-losses';

const inferers = ['a', 'b', 'c'];
const values = {
  combined: 101.5,
  inferer: new Map([
    ['a', 100],
    ['b', 102],
    ['c', 107],
  ]),
};
const bundle = (lossOf: (value: number) => number): LossBundle => ({
  combined: lossOf(values.combined),
  naive: lossOf(102.2),
  inferer: inferers.map((id) => lossOf(values.inferer.get(id)!)),
  forecaster: [],
  oneOutInferer: [null, null, null],
  oneOutForecaster: [],
  oneInForecaster: [],
  oneOutInfererForecaster: [],
});
const squared = (truth: number) => bundle((value) => lossOfTruth(truth, value));
const shadow = { own: 103.2, combinedWith: 102.6 };

describe('losses of a shadow', () => {
  it('are those that each reputer would have reported, in the mean over stakes', () => {
    const reported = { inferers, stakes: [3, 1], bundles: [squared(103), squared(104.1)] };
    const [scored] = shadowLosses(reported, values, [shadow]);
    const mean = (value: number) => (3 * lossOfTruth(103, value) + lossOfTruth(104.1, value)) / 4;
    expect(scored!.own).toBeCloseTo(mean(103.2), 6);
    expect(scored!.combined).toBeCloseTo(mean(101.5), 12);
    expect(scored!.combinedWith).toBeCloseTo(mean(102.6), 6);
    expect(scored!.contribution).toBe(scored!.combined - scored!.combinedWith);
    expect(scored!.contribution).toBeGreaterThan(0);
  });

  it('leave out a reputer whose losses tell no truth, and one without stake', () => {
    const told = { inferers, stakes: [3], bundles: [squared(103)] };
    const absolute = bundle((value) => Math.log10(Math.abs(103 - value)));
    const all = { inferers, stakes: [5, 3, 0], bundles: [absolute, squared(103), squared(90)] };
    expect(shadowLosses(all, values, [shadow])).toEqual(shadowLosses(told, values, [shadow]));
    const none = { inferers, stakes: [5], bundles: [absolute] };
    expect(shadowLosses(none, values, [shadow, shadow])).toEqual([null, null]);
    expect(shadowLosses({ inferers, stakes: [], bundles: [] }, values, [shadow])).toEqual([null]);
  });

  it('are finite or none, whatever is reported and said', () => {
    const epochs = fc.record({
      truth: anyFinite,
      off: fc.array(anyFinite, { minLength: 4, maxLength: 4 }),
      losses: fc.option(fc.array(anyFinite, { minLength: 4, maxLength: 4 })),
      said: fc.tuple(anyFinite, anyFinite),
      stake: anyFinite.map(Math.abs),
    });
    fc.assert(
      fc.property(epochs, ({ truth, off, losses, said: [own, combinedWith], stake }) => {
        const scored = { combined: off[3]!, inferer: new Map(inferers.map((id, j) => [id, off[j]!])) };
        const lossOf = (value: number) => Math.min(lossOfTruth(truth, value), Number.MAX_VALUE);
        const told = losses ?? off.map(lossOf);
        const reported = { ...squared(103), combined: told[3]!, inferer: told.slice(0, 3) };
        const [result] = shadowLosses({ inferers, stakes: [stake], bundles: [reported] }, scored, [
          { own, combinedWith },
        ]);
        expect(Object.values(result ?? {}).every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('go no lower than the usual floor where the reputer shows none of its own', () => {
    const reported = { inferers, stakes: [1], bundles: [squared(103)] };
    const [perfect] = shadowLosses(reported, values, [{ own: 103, combinedWith: 103 }]);
    expect(perfect!.own).toBeGreaterThanOrEqual(Math.log10(DEFAULT_LOSS_FLOOR));
    expect(perfect!.own).toBeLessThan(-10);
  });
});

describe('the regret of a shadow', () => {
  it('begins with the initial one, and moves by how much less than the network it lost', () => {
    const rules = { initialRegret: -0.5, alphaRegret: 0.1 };
    const first = shadowRegret({ own: -3, combined: -2 }, { ...rules, regret: null });
    expect(first).toBeCloseTo(0.1 * 1 + 0.9 * -0.5, 12);
    expect(shadowRegret({ own: -1, combined: -2 }, { ...rules, regret: first })).toBeCloseTo(
      0.1 * -1 + 0.9 * first,
      12,
    );
  });
});
