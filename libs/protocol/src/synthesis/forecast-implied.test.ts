import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ordinary } from '../../test/arbitraries';
import { DEFAULT_PARAMS } from '../params';
import { forecastImplied, type ForecastContext } from './forecast-implied';
import { weightsFromRegrets } from './weights';

const context = (inferences: readonly number[], allNew = false): ForecastContext => ({
  inferences: Float64Array.from(inferences),
  networkLoss: -1,
  allNew,
  params: DEFAULT_PARAMS,
});

describe('forecast-implied inference', () => {
  it('drops a forecaster that forecast nobody', () => {
    expect(forecastImplied([null, null], context([1, 2])).value).toBeNull();
  });

  it('is the one inference it knows, even when that one is withheld', () => {
    const implied = forecastImplied([null, -3], context([1, 2]));
    expect(implied.value).toBe(2);
    expect(Array.from(implied.without)).toEqual([2, 2]);
  });

  it('is the other inference when one of two is withheld', () => {
    const implied = forecastImplied([-3, 0.5, null], context([1, 2, 9]));
    expect(Array.from(implied.without)).toEqual([2, 1, implied.value]);
    expect(implied.value).toBeGreaterThan(1);
    expect(implied.value).toBeLessThan(1.5);
  });

  it('is the median of what it knows while the topic is all new, withheld or not', () => {
    const implied = forecastImplied([-3, 0, null, -1], context([1, 5, 9, 2], true));
    expect(implied.value).toBe(2);
    expect(Array.from(implied.without)).toEqual([2, 2, 2, 2]);
  });

  it('weighs by the expected gain over the last network loss, of the members left', () => {
    const losses = fc.array(ordinary, { minLength: 3, maxLength: 6 });
    fc.assert(
      fc.property(losses, (forecast) => {
        const inferences = forecast.map((_, j) => j * j);
        const implied = forecastImplied(forecast, context(inferences));
        const blendOf = (members: readonly number[]): number => {
          const weights = weightsFromRegrets(
            members.map((j) => -1 - forecast[j]!),
            DEFAULT_PARAMS,
          );
          const total = weights.reduce((a, w) => a + w, 0);
          return weights.reduce((a, w, e) => a + w * inferences[members[e]!]!, 0) / total;
        };
        const all = forecast.map((_, j) => j);
        expect(implied.value).toBeCloseTo(blendOf(all), 9);
        all.forEach((x) => expect(implied.without[x]).toBeCloseTo(blendOf(all.filter((j) => j !== x)), 9));
      }),
    );
  });
});
