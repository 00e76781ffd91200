import { describe, expect, it } from 'vitest';
import { bareBundle, type LossBundle } from '../loss/loss-table';
import { DEFAULT_PARAMS } from '../params';
import { emaScores } from './ema';
import { forecasterScores, scoreEpoch, type ScoreInput } from './scores';

function epoch(networkLosses: LossBundle, change: Partial<ScoreInput> = {}): ScoreInput {
  const { inferer, forecaster } = networkLosses;
  return {
    inferers: inferer.map((_, j) => `i${j}`),
    forecasters: forecaster.map((_, k) => `f${k}`),
    reputers: ['r0'],
    stakes: [5],
    bundles: [networkLosses],
    networkLosses,
    listeningCoefficients: [null],
    infererEma: inferer.map(() => 10),
    forecasterEma: forecaster.map(() => 10),
    reputerEma: [null],
    ...change,
  };
}

describe('scoreEpoch', () => {
  it('scores an inferer by what is lost without it', () => {
    const losses = { ...bareBundle(-3, 0, 3, 0), inferer: [1, 1, null], oneOutInferer: [-1, -4, null] };
    const result = scoreEpoch(epoch(losses), DEFAULT_PARAMS);
    expect(result.infererScores).toEqual([2, -1, null]);
    expect(result.infererEma).toEqual([0.2 + 9, -0.1 + 9, 10]);
    expect(result.infererQuantile).toBeCloseTo(-0.4, 14);
    expect(result.forecasterQuantile).toBe(0);
  });

  it('gives a lone worker 0 and leaves its EMA and the quantile', () => {
    const losses = {
      ...bareBundle(-3, 0, 2, 2),
      inferer: [null, 1],
      forecaster: [2, null],
      oneOutInferer: [null, 7],
      oneOutForecaster: [9, null],
    };
    const result = scoreEpoch(epoch(losses), DEFAULT_PARAMS);
    expect(result).toMatchObject({
      infererScores: [null, 0],
      infererEma: [10, 10],
      infererQuantile: null,
      forecasterScores: [0, null],
      forecasterEma: [10, 10],
      forecasterQuantile: null,
    });
  });

  it('scores a lone reputer at the top and starts its EMA there', () => {
    const result = scoreEpoch(epoch(bareBundle(-3, 0, 0, 0)), DEFAULT_PARAMS);
    expect(result).toMatchObject({
      reputerScores: [100],
      reputerEma: [100],
      reputerQuantile: 100,
      listeningCoefficients: [1],
    });
  });
});

describe('forecaster scores', () => {
  it('mix what a forecaster adds alone with what is lost without it', () => {
    const losses = {
      ...bareBundle(-3, 1, 0, 3),
      oneOutForecaster: [-1, -2, -3],
      oneInForecaster: [0, 1, 5],
    };
    // f+ = 1/4: (1 - oneIn) / 4 + 3 (oneOut + 3) / 4.
    expect(forecasterScores(losses)).toEqual([0.25 + 1.5, 0 + 0.75, -1]);
  });

  it('halve the added part with every forecaster more', () => {
    const rows = { oneOutForecaster: [-3, -3], oneInForecaster: [0, 0] };
    expect(forecasterScores({ ...bareBundle(-3, 1, 0, 2), ...rows })).toEqual([0.5, 0.5]);
  });

  it('pair by forecaster: one without a one-in loss has no score', () => {
    const rows = { oneOutForecaster: [-3, -3], oneInForecaster: [null, 0] };
    expect(forecasterScores({ ...bareBundle(-3, 1, 0, 2), ...rows })).toEqual([null, 0.5]);
  });
});

describe('EMA scores', () => {
  it('start at the first score and keep what was not scored', () => {
    expect(emaScores(0.25, [4, 4, null, null], [null, 8, 3, null])).toEqual([4, 7, 3, null]);
  });
});
