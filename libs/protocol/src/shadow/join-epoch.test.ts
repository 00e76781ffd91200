import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ordinary, synthesisInputs } from '../../test/arbitraries';
import { withoutWorkers } from '../explain/without-workers';
import { DEFAULT_PARAMS } from '../params';
import { emptyRegretTable, type Matrix, type Row } from '../regret/regret-table';
import { synthesize, type SynthesisInput } from '../synthesis/network-inference';
import { joinForecaster, joinInferer } from './join-epoch';

const epochs = fc.tuple(synthesisInputs(ordinary), fc.nat(4));
const without = (row: Row, at: number): Row => row.map((x, i) => (i === at ? null : x));
const withoutRow = (matrix: Matrix, at: number): Matrix =>
  matrix.map((row, i) => (i === at ? row.map(() => null) : row));
const withoutColumn = (matrix: Matrix, at: number): Matrix => matrix.map((row) => without(row, at));

/** The epoch in which an inferer is new but for its own regret: nobody forecast it, no other regret is of it. */
const newcomer = (input: SynthesisInput, j: number): SynthesisInput => ({
  ...input,
  forecasts: withoutColumn(input.forecasts, j),
  regrets: {
    ...input.regrets,
    naiveInferer: without(input.regrets.naiveInferer, j),
    oneOutInfererInferer: withoutRow(withoutColumn(input.regrets.oneOutInfererInferer, j), j),
    oneOutInfererForecaster: withoutRow(input.regrets.oneOutInfererForecaster, j),
    oneOutForecasterInferer: withoutColumn(input.regrets.oneOutForecasterInferer, j),
    oneInForecasterInferer: withoutColumn(input.regrets.oneInForecasterInferer, j),
  },
});

describe('an epoch with one worker more', () => {
  it('is the epoch in which this inferer really was, to the bit', () => {
    fc.assert(
      fc.property(epochs, ([drawn, place]) => {
        const j = place % drawn.inferers.length;
        const inferer = drawn.inferers[j]!;
        const real = newcomer(drawn, j);
        const { combined, infererWeights } = synthesize(real, DEFAULT_PARAMS);
        const joining = { inferer, value: real.inferences[j]!, regret: real.regrets.inferer[j]! };
        const input = withoutWorkers(real, new Set([inferer]));
        expect(joinInferer(input, joining, DEFAULT_PARAMS)).toEqual({
          combined,
          weight: infererWeights?.[j] ?? null,
        });
      }),
    );
  });

  it('is the epoch in which this forecaster really was, to the bit', () => {
    const withForecasters = epochs.filter(([{ forecasters }]) => forecasters.length > 0);
    fc.assert(
      fc.property(withForecasters, ([real, place]) => {
        const k = place % real.forecasters.length;
        const forecaster = real.forecasters[k]!;
        const { combined, forecastImplied, forecasterWeights } = synthesize(real, DEFAULT_PARAMS);
        const joining = { forecaster, forecast: real.forecasts[k]!, regret: real.regrets.forecaster[k]! };
        const input = withoutWorkers(real, new Set([forecaster]));
        const implied = forecastImplied[k];
        expect(joinForecaster(input, joining, DEFAULT_PARAMS)).toEqual(
          implied === null ? null : { combined, forecastImplied: implied, weight: forecasterWeights![k] },
        );
      }),
    );
  });

  it('of nobody else is the value itself, and leaves a forecaster without an inference', () => {
    const nobody = {
      inferers: [],
      inferences: [],
      forecasters: [],
      forecasts: [],
      networkLoss: -1,
      initialRegret: 0,
    };
    const input = { ...nobody, regrets: emptyRegretTable(0, 0) };
    expect(joinInferer(input, { inferer: 'a', value: 7, regret: null }, DEFAULT_PARAMS)).toEqual({
      ...{ combined: 7, weight: null },
    });
    const joining = { forecaster: 'a', forecast: [], regret: null };
    expect(joinForecaster(input, joining, DEFAULT_PARAMS)).toBeNull();
  });
});
