import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearly, ordinary, permutations, pick, reportedLosses } from '../../test/arbitraries';
import { ProtocolError } from '../errors';
import { DEFAULT_PARAMS, type Params } from '../params';
import { adjustedStakes, consensusTable } from './consensus';
import { listenToReputers } from './listening-coefficients';
import { bareBundle, layOutBundle, lossColumns, type LossBundle } from './loss-table';

const listen = (
  bundles: readonly LossBundle[],
  stakes: readonly number[],
  start: readonly number[],
  params: Params,
) =>
  listenToReputers(
    consensusTable(bundles, bundles[0]!.inferer.length, bundles[0]!.forecaster.length),
    stakes,
    start,
    params,
  );

const bare = (combined: number, naive: number) => bareBundle(combined, naive, 0, 0);

describe('adjusted stakes', () => {
  it('are capped at 1 and otherwise in proportion', () => {
    expect(Array.from(adjustedStakes([1, 1, 2], [1, 1, 1]))).toEqual([0.75, 0.75, 1]);
    expect(Array.from(adjustedStakes([1, 1], [1, 0]))).toEqual([1, 0]);
    expect(() => adjustedStakes([0, 1], [1, 0])).toThrowError(
      expect.objectContaining({ code: 'ZERO_STAKE' }),
    );
  });

  it('do not overflow', () => {
    expect(Array.from(adjustedStakes([1e308, 1e308], [1, 1]))).toEqual([1, 1]);
    expect(adjustedStakes([1e308, 1e-308], [1, 1])[1]).toBeGreaterThan(0);
  });
});

describe('listening coefficients', () => {
  it('stay and give the top score where all agree', () => {
    expect(listen([bare(-1, -2), bare(-1, -2)], [1, 9], [0.7, 1], DEFAULT_PARAMS)).toEqual({
      scores: [100, 100],
      listeningCoefficients: [0.7, 1],
    });
  });

  it('score 0 without a step', () => {
    const params = { ...DEFAULT_PARAMS, gradientDescentMaxIters: 0 };
    expect(listen([bare(-1, 0), bare(1, 0)], [1, 1], [0.7, 1], params)).toEqual({
      scores: [0, 0],
      listeningCoefficients: [0.7, 1],
    });
  });

  it('fall for the reputer that disagrees, and it scores least', () => {
    const bundles = [bare(-1, -2), bare(-1.1, -2), bare(-1, -2.1), bare(4, 5)];
    const { scores, listeningCoefficients } = listen(bundles, [5, 5, 5, 5], [1, 1, 1, 1], DEFAULT_PARAMS);
    expect(listeningCoefficients[3]).toBeLessThan(Math.min(...listeningCoefficients.slice(0, 3)));
    expect(scores[3]).toBeLessThan(Math.min(...scores.slice(0, 3)));
  });

  it('measure distances against eps_div where the consensus is exactly 0', () => {
    const params = { ...DEFAULT_PARAMS, gradientDescentMaxIters: 1 };
    const { scores } = listen([bare(1e-7, 0), bare(-1e-7, 0)], [1, 1], [1, 1], params);
    expect(scores[0]).toBeCloseTo(1 / 1.01, 12);
    const huge = listen([bare(1e300, 0), bare(-1e300, 0)], [1, 1], [1, 1], params);
    expect(huge.scores[0]).toBeGreaterThanOrEqual(0);
    expect(huge.scores[0]).toBeLessThan(1e-290);
  });

  it('listen to no less than the minimum share of stake', () => {
    const bundles = [bare(-1, -2), bare(3, 1), bare(-5, 7)];
    const params = { ...DEFAULT_PARAMS, minStakeFraction: 0.99, gradientDescentMaxIters: 30 };
    const { listeningCoefficients: a } = listen(bundles, [1, 2, 3], [1, 1, 1], params);
    expect((a[0]! + 2 * a[1]! + 3 * a[2]!) / 6).toBeCloseTo(0.99, 12);
  });

  it('end at once where a step changes nothing below that share', () => {
    const lone = listen([bare(-1, -2)], [4], [0.2], DEFAULT_PARAMS);
    expect(lone).toEqual({ scores: [100], listeningCoefficients: [0.2] });
  });

  it('cannot be formed by a column that only an unheard reputer has', () => {
    const bundles = [bareBundle(-1, 0, 1, 0), { ...bareBundle(-1, 0, 1, 0), inferer: [5] }];
    expect(() => listen(bundles, [1, 1], [1, 0], DEFAULT_PARAMS)).toThrowError(
      expect.objectContaining({ code: 'CONSENSUS_UNDEFINED' }),
    );
  });
});

/**
 * Section 7 as it reads, cell by cell, with nothing shared or scaled. The margin is how near any of its decisions came to
 * falling otherwise.
 */
function listenPlainly(
  bundles: readonly LossBundle[],
  stakes: readonly number[],
  start: readonly number[],
  p: Params,
) {
  const columns = lossColumns(bundles[0]!.inferer.length, bundles[0]!.forecaster.length);
  const rows = bundles.map((bundle) => {
    const cells = new Float64Array(columns.count);
    layOutBundle(bundle, columns, cells, 0);
    return cells;
  });
  const total = (xs: readonly number[]): number => xs.reduce((a, x) => a + x, 0);
  const score = (a: readonly number[]): number[] => {
    const listened = total(a.map((x, m) => x * stakes[m]!));
    const s = a.map((x, m) => Math.min((a.length * x * stakes[m]!) / listened, 1));
    const distances = new Array<number>(a.length).fill(0);
    let norm = 0;
    for (let d = 0; d < columns.count; d += 1) {
      const reporters = rows.flatMap((row, m) => (Number.isNaN(row[d]!) ? [] : [m]));
      if (reporters.length === 0) continue;
      const weight = total(reporters.map((m) => s[m]!));
      const consensus = total(reporters.map((m) => s[m]! * rows[m]![d]!)) / weight;
      const standIn = Math.min(...reporters.map((m) => rows[m]![d]!));
      rows.forEach((row, m) => {
        distances[m]! += ((Number.isNaN(row[d]!) ? standIn : row[d]!) - consensus) ** 2;
      });
      norm += consensus ** 2;
    }
    const length = Math.sqrt(norm) || p.epsilonSafeDiv;
    return distances.map((x) => 1 / (Math.sqrt(x) / length + p.epsilonReputer));
  };
  let a = [...start];
  let scores = a.map(() => 0);
  let margin = Infinity;
  for (let it = 0, g = 1; g >= p.maxGradientThreshold && it < p.gradientDescentMaxIters; it += 1) {
    const old = a;
    scores = score(old);
    const q = total(scores.map((t, m) => stakes[m]! * t));
    for (const x of old) if (x !== 1) margin = Math.min(margin, 1 - x);
    const next = old.map((x, l) => {
      const d = x === 1 ? -0.001 : 0.001;
      const shifted = total(score(old.with(l, x + d)).map((t, m) => stakes[m]! * t));
      return Math.min(Math.max(x + (p.learningRate * (1 - q / shifted)) / d, 0), 1);
    });
    const heard = (xs: readonly number[]): number => total(xs.map((x, m) => x * stakes[m]!)) / total(stakes);
    margin = Math.min(margin, Math.abs(heard(next) - p.minStakeFraction));
    if (heard(next) >= p.minStakeFraction) a = next;
    else if (heard(next) === heard(old)) break;
    else {
      margin = Math.min(margin, Math.abs(heard(next) - heard(old)));
      const part = (p.minStakeFraction - heard(old)) / (heard(next) - heard(old));
      a = old.map((x, l) => x + (next[l]! - x) * part);
    }
    g = Math.max(...a.map((x, l) => Math.abs(x - old[l]!))) / p.learningRate;
    margin = Math.min(margin, Math.abs(g - p.maxGradientThreshold));
  }
  return { scores, listeningCoefficients: a, margin };
}

const heardReputers = reportedLosses(ordinary).chain((input) =>
  fc.record({
    input: fc.constant(input),
    start: fc.array(fc.constantFrom(0.6, 0.75, 0.9, 1), {
      minLength: input.reputers.length,
      maxLength: input.reputers.length,
    }),
    order: permutations(input.reputers.length),
  }),
);

/** A reputer may fall to 0 while a column is its alone; such descents have no answer and are passed over. */
function listenOrSkip(...args: Parameters<typeof listen>): ReturnType<typeof listen> {
  try {
    return listen(...args);
  } catch (error) {
    fc.pre(!(error instanceof ProtocolError && error.code === 'CONSENSUS_UNDEFINED'));
    throw error;
  }
}

/** Nearer to a cut than this, the order of a sum decides on which side a descent goes on. */
const ROUNDING = 1e-9;

describe('the descent', () => {
  // Each step divides a difference of scores by 0.001, so rounding grows a thousandfold a step: single steps are held
  // to 1e-12, whole descents to less.
  it.each([
    [1, 1e-12],
    [10, 1e-9],
  ])('agrees over %d steps with the definition taken literally', (gradientDescentMaxIters, tolerance) => {
    const params = { ...DEFAULT_PARAMS, gradientDescentMaxIters };
    fc.assert(
      fc.property(heardReputers, ({ input, start }) => {
        const fast = listenOrSkip(input.bundles, input.stakes, start, params);
        const { margin, ...plain } = listenPlainly(input.bundles, input.stakes, start, params);
        fc.pre(margin > ROUNDING);
        expect(nearly(fast, plain, tolerance, tolerance)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('does not depend on which reputer comes first', () => {
    fc.assert(
      fc.property(heardReputers, ({ input, start, order }) => {
        const before = listenOrSkip(input.bundles, input.stakes, start, DEFAULT_PARAMS);
        fc.pre(listenPlainly(input.bundles, input.stakes, start, DEFAULT_PARAMS).margin > ROUNDING);
        const shuffled = pick(input.bundles, order);
        const after = listenOrSkip(shuffled, pick(input.stakes, order), pick(start, order), DEFAULT_PARAMS);
        expect(nearly(after.scores, pick(before.scores, order))).toBe(true);
        expect(nearly(after.listeningCoefficients, pick(before.listeningCoefficients, order))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
