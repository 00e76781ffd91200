import { describe, expect, it } from 'vitest';
import { checkParams, DEFAULT_PARAMS, PARAMETERS, SCORE_PARAMETERS, SYNTHESIS_PARAMETERS } from './params';

describe('parameters', () => {
  it('have defaults inside their own bounds', () => {
    expect(() =>
      checkParams(DEFAULT_PARAMS, Object.keys(PARAMETERS) as (keyof typeof PARAMETERS)[]),
    ).not.toThrow();
  });

  it.each([
    [{ pNorm: 0 }, /pNorm is 0; set it to a number from 0.001/],
    [{ epsilon: 0 }, /epsilon/],
    [{ cNorm: NaN }, /cNorm is NaN/],
  ])('refuse %j', (change, message) => {
    expect(() => checkParams({ ...DEFAULT_PARAMS, ...change }, SYNTHESIS_PARAMETERS)).toThrowError(message);
  });

  it('refuse half an iteration', () => {
    const params = { ...DEFAULT_PARAMS, gradientDescentMaxIters: 1.5 };
    expect(() => checkParams(params, SCORE_PARAMETERS)).toThrowError(
      expect.objectContaining({ code: 'INVALID_PARAMETER' }),
    );
  });
});
