import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearly, ordinary, regretInputs } from '../../test/arbitraries';
import { bareBundle } from '../loss/loss-table';
import { DEFAULT_PARAMS } from '../params';
import { initialRegret } from './initial-regret';
import { emptyRegretTable } from './regret-table';
import { updateRegrets, type RegretUpdateInput } from './regrets';

function update(change: Partial<RegretUpdateInput> = {}): RegretUpdateInput {
  return {
    inferers: ['i0', 'i1'],
    forecasters: ['f0', 'f1'],
    networkLosses: {
      combined: -4,
      naive: -2,
      inferer: [1, null],
      forecaster: [3, 5],
      oneOutInferer: [-10, -20],
      oneOutForecaster: [-30, null],
      oneInForecaster: [null, -40],
      oneOutInfererForecaster: [
        [7, null],
        [null, null],
      ],
    },
    previousRegrets: emptyRegretTable(2, 2),
    initialRegret: 100,
    infererInclusions: [0, 0],
    forecasterInclusions: [0, 0],
    ...change,
  };
}

/** New regrets with alpha 0.1 from a stored or initial 100. */
const from100 = (difference: number): number => 0.1 * difference + 90;

describe('updateRegrets', () => {
  it('pairs every table with its own reference and own loss', () => {
    const { regrets } = updateRegrets(update(), DEFAULT_PARAMS);
    expect(regrets.inferer).toEqual([from100(-5), null]);
    expect(regrets.forecaster).toEqual([from100(-7), from100(-9)]);
    expect(regrets.naiveInferer).toEqual([from100(-3), null]);
    expect(regrets.oneOutInfererInferer).toEqual([
      [from100(-11), null],
      [from100(-21), null],
    ]);
    expect(regrets.oneOutForecasterInferer).toEqual([
      [from100(-31), null],
      [null, null],
    ]);
    expect(regrets.oneOutForecasterForecaster).toEqual([
      [from100(-33), from100(-35)],
      [null, null],
    ]);
    expect(regrets.oneInForecasterInferer).toEqual([
      [null, null],
      [from100(-41), null],
    ]);
    expect(regrets.oneInForecasterSelf).toEqual([null, from100(-45)]);
  });

  it('reads a missing entry of an existing implied row as 0, and a missing row as missing', () => {
    const { regrets } = updateRegrets(update(), DEFAULT_PARAMS);
    expect(regrets.oneOutInfererForecaster).toEqual([
      [from100(-17), null],
      [from100(-20), null],
    ]);
  });

  it('keeps what has no losses', () => {
    const previousRegrets = { ...emptyRegretTable(2, 2), inferer: [2, 3] };
    const { regrets, initialRegret: r0 } = updateRegrets(update({ previousRegrets }), DEFAULT_PARAMS);
    expect(regrets.inferer).toEqual([-0.5 + 1.8, 3]);
    expect(r0).toBe(100);
  });

  it('pulls every regret toward the latest difference', () => {
    fc.assert(
      fc.property(regretInputs(ordinary), (input) => {
        const { regrets } = updateRegrets(input, DEFAULT_PARAMS);
        input.networkLosses.inferer.forEach((loss, j) => {
          const stored = input.previousRegrets.inferer[j]!;
          if (loss === null) return expect(regrets.inferer[j]).toBe(stored);
          const target = input.networkLosses.combined - loss;
          const before = stored ?? input.initialRegret;
          expect(nearly(regrets.inferer[j]! - target, 0.9 * (before - target))).toBe(true);
        });
      }),
    );
  });

  it('does not change with alpha 0, and forgets with alpha 1', () => {
    const stored = { ...emptyRegretTable(2, 2), inferer: [7, 7] };
    const run = (alphaRegret: number) =>
      updateRegrets(update({ previousRegrets: stored }), { ...DEFAULT_PARAMS, alphaRegret }).regrets.inferer;
    expect(run(0)).toEqual([7, 7]);
    expect(run(1)).toEqual([-5, 7]);
  });
});

describe('initialRegret', () => {
  const role = (change = {}) => ({
    losses: [0, 0, 0, 0, 0],
    previous: [0, 0, 0, 0, 0],
    updated: [1, 2, 3, 4, 5],
    inclusions: [10, 10, 10, 10, 10],
    ...change,
  });

  it('sits two deviations below the lower quartile of the experienced', () => {
    expect(initialRegret([role()], DEFAULT_PARAMS)).toBeCloseTo(2 - 2 * (Math.sqrt(2.5) + 0.01), 14);
  });

  it('pools both roles', () => {
    const half = { losses: [0], previous: [0], inclusions: [99] };
    expect(
      initialRegret(
        [
          { ...half, updated: [1] },
          { ...half, updated: [5] },
        ],
        DEFAULT_PARAMS,
      ),
    ).toBeCloseTo(2 - 2 * (Math.sqrt(8) + 0.01), 14);
  });

  it.each([
    ['inclusions', { inclusions: [9, 9, 9, 9, 9.99] }],
    ['earlier regrets', { previous: [null, null, null, null, null] }],
    ['losses this epoch', { losses: [null, null, null, null, null] }],
  ])('is left alone without %s', (_, change) => {
    expect(initialRegret([role(change)], DEFAULT_PARAMS)).toBeNull();
  });

  it('is reported as updated only then', () => {
    const input = update({
      networkLosses: { ...bareBundle(-4, -2, 2, 2), inferer: [1, 1] },
      previousRegrets: { ...emptyRegretTable(2, 2), inferer: [2, 2] },
      infererInclusions: [10, 9],
    });
    const result = updateRegrets(input, DEFAULT_PARAMS);
    expect(result.initialRegretUpdated).toBe(true);
    expect(result.initialRegret).toBeCloseTo(1.3 - 2 * 0.01, 14);
  });
});
