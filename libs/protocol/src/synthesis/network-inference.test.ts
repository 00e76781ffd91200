import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyFinite, nearly, ordinary, permutations, pick, synthesisInputs } from '../../test/arbitraries';
import { DEFAULT_PARAMS } from '../params';
import { emptyRegretTable, type RegretTable } from '../regret/regret-table';
import { synthesize, type SynthesisInput } from './network-inference';

function epoch(inferences: readonly number[], change: Partial<SynthesisInput> = {}): SynthesisInput {
  const forecasters = change.forecasters ?? [];
  return {
    inferers: inferences.map((_, j) => `i${j}`),
    inferences,
    forecasters,
    forecasts: [],
    networkLoss: -1,
    initialRegret: -0.5,
    regrets: emptyRegretTable(inferences.length, forecasters.length),
    ...change,
  };
}

const run = (input: SynthesisInput) => synthesize(input, DEFAULT_PARAMS);

describe('modes', () => {
  it('refuses an epoch without inferences', () => {
    expect(() => run(epoch([]))).toThrowError(expect.objectContaining({ code: 'NO_INFERENCES' }));
  });

  it('takes a single inference as it is, whatever else is known', () => {
    const result = run(epoch([4], { forecasters: ['f'], forecasts: [[-1]] }));
    expect(result).toMatchObject({ mode: 'single', combined: 4, naive: 4, confidenceValues: [] });
    expect(result.forecastImplied).toEqual([null]);
    expect(result.oneOutInferer).toBeNull();
  });

  it('takes the median, and a naive 0, before the first losses', () => {
    const result = run(epoch([1, 2, 30], { networkLoss: null }));
    expect(result).toMatchObject({ mode: 'median', combined: 2, naive: 0, infererWeights: null });
  });

  it('takes means while the initial regret is exactly 0, but still reports weights', () => {
    const regrets = { ...emptyRegretTable(3, 0), inferer: [1, 0, -1] };
    const result = run(epoch([1, 2, 30], { initialRegret: 0, regrets }));
    expect(result).toMatchObject({
      mode: 'all_new',
      combined: 11,
      naive: 11,
      oneOutInferer: [16, 15.5, 1.5],
    });
    expect(result.infererWeights![0]).toBeGreaterThan(result.infererWeights![2]!);
    expect(run(epoch([1, 2, 30], { initialRegret: 1e-300, regrets })).mode).toBe('weighted');
  });
});

describe('rows', () => {
  it('has no forecaster rows with one implied inference, and none for the dropped', () => {
    const one = run(
      epoch([1, 2], {
        forecasters: ['f', 'g'],
        forecasts: [
          [-1, 0],
          [null, null],
        ],
      }),
    );
    expect(one.oneOutForecaster).toBeNull();
    expect(one.forecasterWeights![1]).toBeNull();
    const forecasts = [
      [-1, 0],
      [null, null],
      [0, -1],
    ];
    const two = run(epoch([1, 2], { forecasters: ['f', 'g', 'h'], forecasts }));
    expect(two.oneInForecaster![1]).toBeNull();
    expect(two.oneOutForecaster![0]).toEqual(expect.any(Number));
  });

  it('reads each row from its own table, with the initial regret where nothing is stored', () => {
    const base = emptyRegretTable(3, 2);
    const inputs = {
      forecasters: ['f', 'g'],
      forecasts: [
        [-1, 0, -2],
        [0, -1, -3],
      ],
    };
    const plain = run(epoch([1, 2, 4], { ...inputs, regrets: base }));
    const changes: [keyof RegretTable, keyof typeof plain][] = [
      ['inferer', 'combined'],
      ['forecaster', 'combined'],
      ['naiveInferer', 'naive'],
      ['oneOutInfererInferer', 'oneOutInferer'],
      ['oneOutInfererForecaster', 'oneOutInferer'],
      ['oneOutForecasterInferer', 'oneOutForecaster'],
      ['oneOutForecasterForecaster', 'oneOutForecaster'],
      ['oneInForecasterInferer', 'oneInForecaster'],
      ['oneInForecasterSelf', 'oneInForecaster'],
    ];
    const outputs = ['combined', 'naive', 'oneOutInferer', 'oneOutForecaster', 'oneInForecaster'] as const;
    for (const [table, touched] of changes) {
      const values = base[table].map((row, x) => {
        const rise = (y: number): number => 1 + 3 * x - 5 * y;
        return Array.isArray(row) ? row.map((_, y) => rise(y)) : rise(x);
      });
      const result = run(epoch([1, 2, 4], { ...inputs, regrets: { ...base, [table]: values } }));
      for (const output of outputs) {
        if (output === touched) expect(result[output], `${table} -> ${output}`).not.toEqual(plain[output]);
        else expect(result[output], `${table} -> ${output}`).toEqual(plain[output]);
      }
    }
  });
});

const several = synthesisInputs(ordinary).filter(
  (input) => input.inferences.length > 1 && input.networkLoss !== null,
);

function relabel(input: SynthesisInput, j: readonly number[], k: readonly number[]): SynthesisInput {
  const { regrets } = input;
  const rows = <T>(matrix: readonly (readonly T[])[], outer: readonly number[], inner: readonly number[]) =>
    pick(matrix, outer).map((row) => pick(row, inner));
  return {
    ...input,
    inferences: pick(input.inferences, j),
    forecasts: rows(input.forecasts, k, j),
    regrets: {
      inferer: pick(regrets.inferer, j),
      forecaster: pick(regrets.forecaster, k),
      naiveInferer: pick(regrets.naiveInferer, j),
      oneOutInfererInferer: rows(regrets.oneOutInfererInferer, j, j),
      oneOutInfererForecaster: rows(regrets.oneOutInfererForecaster, j, k),
      oneOutForecasterInferer: rows(regrets.oneOutForecasterInferer, k, j),
      oneOutForecasterForecaster: rows(regrets.oneOutForecasterForecaster, k, k),
      oneInForecasterInferer: rows(regrets.oneInForecasterInferer, k, j),
      oneInForecasterSelf: pick(regrets.oneInForecasterSelf, k),
    },
  };
}

describe('laws', () => {
  it('does not care how the workers are called', () => {
    const relabelled = several.chain((input) =>
      fc.tuple(
        fc.constant(input),
        permutations(input.inferers.length),
        permutations(input.forecasters.length),
      ),
    );
    fc.assert(
      fc.property(relabelled, ([input, j, k]) => {
        const before = run(input);
        const after = run(relabel(input, j, k));
        const order = <T>(row: readonly T[] | null, by: readonly number[]): T[] | null =>
          row && pick(row, by);
        expect(nearly(after.combined, before.combined)).toBe(true);
        expect(nearly(after.naive, before.naive)).toBe(true);
        expect(nearly(after.oneOutInferer, order(before.oneOutInferer, j))).toBe(true);
        expect(nearly(after.oneOutForecaster, order(before.oneOutForecaster, k))).toBe(true);
        expect(nearly(after.oneInForecaster, order(before.oneInForecaster, k))).toBe(true);
        expect(nearly(after.infererWeights, order(before.infererWeights, j))).toBe(true);
        expect(nearly(after.forecasterWeights, order(before.forecasterWeights, k))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('moves and stretches with the inferences, while the weights stay', () => {
    fc.assert(
      fc.property(several, fc.integer({ min: -50, max: 50 }), (input, shift) => {
        const before = run(input);
        const moved = run({ ...input, inferences: input.inferences.map((x) => x + shift) });
        const stretched = run({ ...input, inferences: input.inferences.map((x) => x * 4) });
        /** Of equal values the interval takes the earlier first: where rounding makes or ends a tie it may take another step. */
        const order = ({ forecastImplied }: typeof before, inferences: readonly number[]): number[] => {
          const values = [...inferences, ...forecastImplied.filter((x) => x !== null)];
          return values.map((_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
        };
        const expectEach = (map: (x: number) => number, after: typeof before): void => {
          const outputs = [
            'combined',
            'naive',
            'oneOutInferer',
            'oneOutForecaster',
            'oneInForecaster',
          ] as const;
          const interval = nearly(order(after, input.inferences.map(map)), order(before, input.inferences))
            ? (['confidenceValues'] as const)
            : [];
          for (const output of [...outputs, ...interval, 'forecastImplied'] as const) {
            const value = before[output];
            const each = (x: number | null): number | null => (x === null ? null : map(x));
            const expected = typeof value === 'number' ? map(value) : (value?.map(each) ?? null);
            expect(nearly(after[output], expected), output).toBe(true);
          }
          expect(after.infererWeights).toEqual(before.infererWeights);
        };
        expectEach((x) => x + shift, moved);
        expectEach((x) => x * 4, stretched);
      }),
      { numRuns: 200 },
    );
  });

  it('stays inside the contributing values, of any size', () => {
    const any = synthesisInputs(anyFinite).filter(
      (input) => input.inferences.length > 1 && input.networkLoss !== null,
    );
    fc.assert(
      fc.property(fc.oneof(several, any), (input) => {
        const result = run(input);
        const low = Math.min(...input.inferences);
        const high = Math.max(...input.inferences);
        const values = [result.combined, result.naive, ...result.forecastImplied, ...result.oneOutInferer!];
        const slack = 1e-12 * Math.max(Math.abs(low), Math.abs(high));
        for (const x of values) {
          if (x === null) continue;
          expect(x).toBeGreaterThanOrEqual(low - slack);
          expect(x).toBeLessThanOrEqual(high + slack);
        }
        for (const w of [...result.infererWeights!, ...result.forecasterWeights!]) {
          if (w === null) continue;
          expect(w).toBeGreaterThanOrEqual(0);
          expect(w).toBeLessThanOrEqual(DEFAULT_PARAMS.pNorm);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('leaves a withheld inferer out of its own row', () => {
    fc.assert(
      fc.property(several, ordinary, (input, other) => {
        // A forecast of one element ignores the withholding, so only longer ones are held to this.
        const forecasts = input.forecasts.map((row) =>
          row.filter((loss) => loss !== null).length === 1 ? row.map(() => null) : row,
        );
        const inferences = input.inferences.with(0, other);
        const rows = [run({ ...input, forecasts }), run({ ...input, forecasts, inferences })].map(
          (result) => result.oneOutInferer![0],
        );
        expect(rows[0]).toBe(rows[1]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('shape', () => {
  it('refuses ids out of order and rows that are short', () => {
    expect(() => run(epoch([1, 2], { inferers: ['b', 'a'] }))).toThrowError(/ascending/);
    expect(() => run(epoch([1, 2], { forecasters: ['f'], forecasts: [[1]] }))).toThrowError(/forecasts\[0\]/);
    expect(() => run(epoch([1, 2], { regrets: emptyRegretTable(1, 0) }))).toThrowError(
      expect.objectContaining({ code: 'SHAPE_MISMATCH' }),
    );
  });
});
