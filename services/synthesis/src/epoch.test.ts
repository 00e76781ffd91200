import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { emptyRegretTable } from '@allora/protocol/regret/regret-table';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectWorkers, synthesizeEpoch } from './epoch';
import type { EpochSets } from './epoch-facts';

const params = TopicParams.fromPartial({
  pNorm: 3,
  epsilon: 0.01,
  alphaRegret: 0.1,
  maxActiveInferers: 3,
  maxActiveForecasters: 2,
});
const noScores = { inferers: new Map<string, number>(), forecasters: new Map<string, number>() };

function setsOf(
  inferences: Readonly<Record<string, string>>,
  forecasts: Readonly<Record<string, readonly (readonly [string, string])[]>> = {},
): EpochSets {
  return {
    topicId: 7,
    nonce: 100,
    settledNonce: 90,
    params,
    inferences: Object.entries(inferences).map(([inferer, value]) => ({
      topicId: 7,
      nonce: 100,
      inferer,
      value,
      salt: new Uint8Array(),
    })),
    forecasts: Object.entries(forecasts).map(([forecaster, elements]) => ({
      topicId: 7,
      nonce: 100,
      forecaster,
      elements: elements.map(([inferer, value]) => ({ inferer, value })),
      salt: new Uint8Array(),
    })),
  };
}

function infer(
  sets: EpochSets,
  networkLoss: number | null,
  initialRegret = 0,
  scores = noScores,
): NetworkInference {
  const workers = selectWorkers(sets, scores);
  const regrets = emptyRegretTable(workers.inferers.active.length, workers.forecasts.length);
  return synthesizeEpoch(sets, workers, { networkLoss, initialRegret, regrets });
}

describe('selectWorkers', () => {
  it('takes the highest EMA scores, ties by id, and lists the others with their rank', () => {
    const sets = setsOf({ e: '5', d: '4', c: '3', b: '2', a: '1' });
    const inferers = new Map([
      ['d', 2],
      ['a', -1],
    ]);
    const { active, passive } = selectWorkers(sets, { ...noScores, inferers }).inferers;
    expect(active.map(({ id }) => id)).toEqual(['b', 'c', 'd']);
    expect(passive).toEqual([
      { id: 'a', emaScore: -1, rank: 5 },
      { id: 'e', emaScore: 0, rank: 4 },
    ]);
  });

  it('keeps of a forecast the first element on each active inferer and drops forecasters left with none', () => {
    const forecasts = selectWorkers(
      setsOf(
        { a: '1', b: '2' },
        {
          k: [
            ['b', '0.5'],
            ['z', '1'],
            ['b', '9'],
            ['a', '-1'],
          ],
          l: [['z', '1']],
        },
      ),
      noScores,
    ).forecasts;
    expect(forecasts).toEqual([
      {
        forecaster: 'k',
        elements: [
          { inferer: 'a', loss: -1 },
          { inferer: 'b', loss: 0.5 },
        ],
      },
    ]);
  });

  it('keeps the twelve elements of the highest EMA scores', () => {
    const ids = Array.from({ length: 14 }, (_, i) => `w${String(i).padStart(2, '0')}`);
    const sets = {
      ...setsOf(Object.fromEntries(ids.map((id) => [id, '1'])), { k: ids.map((id) => [id, '1'] as const) }),
      params: { ...params, maxActiveInferers: 14 },
    };
    const inferers = new Map([
      ['w03', -1],
      ['w13', 1],
    ]);
    const [forecast] = selectWorkers(sets, { ...noScores, inferers }).forecasts;
    expect(forecast!.elements.map(({ inferer }) => inferer)).toEqual(
      ids.filter((id) => id !== 'w03' && id !== 'w12'),
    );
  });

  it('leaves out values beyond the range of doubles', () => {
    const { active, passive } = selectWorkers(setsOf({ a: '1e999', b: '2' }), noScores).inferers;
    expect(active.map(({ id }) => id)).toEqual(['b']);
    expect(passive).toEqual([]);
  });
});

describe('synthesizeEpoch', () => {
  it('tells of every epoch, also of one without inferences', () => {
    const none = infer(setsOf({}, { k: [['a', '1']] }), -1, 0.25);
    expect(none).toMatchObject({
      mode: InferenceMode.NONE,
      settledNonce: 90,
      networkLoss: -1,
      initialRegret: 0.25,
    });
    expect(none.inferers).toEqual([]);
  });

  it('gives a single inference as it is', () => {
    const single = infer(setsOf({ a: '1.50' }), -1);
    expect(single).toMatchObject({ mode: InferenceMode.SINGLE, combined: 1.5, naive: 1.5 });
    expect(single.inferers).toEqual([{ inferer: 'a', value: '1.50', weight: undefined, regret: 0 }]);
  });

  it('takes the median while there is no network loss', () => {
    const median = infer(setsOf({ a: '1', b: '2', c: '9' }, { k: [['a', '0']] }), null);
    expect(median).toMatchObject({ mode: InferenceMode.MEDIAN, combined: 2, naive: 0, oneOutInferer: [] });
    expect(median.forecasters).toEqual([]);
    expect(median.networkLoss).toBeUndefined();
  });

  it('tells one-outs, one-ins and the interval aligned with inferers and forecasters', () => {
    const inference = infer(
      setsOf(
        { a: '1', b: '2', c: '4' },
        {
          k: [
            ['a', '0'],
            ['b', '-1'],
          ],
          l: [
            ['c', '0.5'],
            ['a', '-2'],
          ],
        },
      ),
      -0.5,
      -0.1,
    );
    expect(inference.mode).toBe(InferenceMode.WEIGHTED);
    expect(inference.forecasters.map(({ forecaster }) => forecaster)).toEqual(['k', 'l']);
    expect(inference.oneOutInferer).toHaveLength(3);
    expect(inference.oneOutForecaster).toHaveLength(2);
    expect(inference.oneInForecaster).toHaveLength(2);
    expect(inference.oneOutInfererForecastImplied.map(({ values }) => values.length)).toEqual([2, 2, 2]);
    expect(inference.confidenceValues).toHaveLength(5);
  });

  it('is the same to the bit in whatever order submissions stand', () => {
    const values = { a: '0.1', b: '-3.7e2', c: '12', d: '0.30000000000000004' };
    const forecasts = {
      k: [
        ['a', '0.1'],
        ['b', '3'],
      ] as const,
      l: [
        ['c', '-1'],
        ['d', '0.2'],
      ] as const,
      m: [['a', '1']] as const,
    };
    const expected = NetworkInference.encode(infer(setsOf(values, forecasts), -0.3, -0.2)).finish();
    fc.assert(
      fc.property(
        fc.shuffledSubarray(Object.entries(values), { minLength: 4 }),
        fc.shuffledSubarray(Object.entries(forecasts), { minLength: 3 }),
        (inferences, shuffled) => {
          const sets = setsOf(Object.fromEntries(inferences), Object.fromEntries(shuffled));
          expect(NetworkInference.encode(infer(sets, -0.3, -0.2)).finish()).toEqual(expected);
        },
      ),
    );
  });
});
