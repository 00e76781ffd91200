import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearly, ordinary, permutations, pick, rewardInputs } from '../../test/arbitraries';
import { DEFAULT_PARAMS } from '../params';
import { roleEntropy } from './entropy';
import { potentialShares, reputerFractions, scoreWindow, workerFractions } from './fractions';
import { rewardEpoch, type RewardInput } from './participant-rewards';
import { payouts } from './payouts';
import { forecastValue, taskRewards } from './task-rewards';

const total = (row: readonly (number | null)[]): number => row.reduce<number>((a, x) => a + (x ?? 0), 0);

describe('score window', () => {
  it('takes the last entries of each block, newest block first, up to the limit in all', () => {
    expect(
      scoreWindow(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        2,
      ),
    ).toEqual([2, 3]);
    expect(scoreWindow([[1], [2, 3, 4, 5], [6]], 3)).toEqual([1, 3, 4]);
    expect(scoreWindow([], 3)).toEqual([]);
  });
});

describe('fractions', () => {
  const params = { p: 1, c: 0.75, epsilon: 0.01 };

  it('are equal while the window spreads less than epsilon', () => {
    expect(workerFractions([5, null, -5], [1, 1.001], params)).toEqual([0.5, null, 0.5]);
  });

  it('follow the potential once it spreads', () => {
    const spread = Math.sqrt(2) + 0.01;
    const potential = (score: number): number => Math.log1p(Math.exp(score / spread - 0.75));
    const expected = potential(1) / (potential(1) + potential(-1));
    expect(workerFractions([1, -1], [1, -1], params)[0]).toBeCloseTo(expected, 14);
  });

  it('keep their proportions where every potential underflows', () => {
    expect(Array.from(potentialShares([-1000, -1000]))).toEqual([0.5, 0.5]);
    expect(potentialShares([-1000, -1001])[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 14);
    expect(potentialShares([-36.9, -37.1])[0]).toBeCloseTo(potentialShares([-37.1, -37.3])[0]!, 14);
  });

  it('of reputers go by the power of stake times score', () => {
    expect(reputerFractions([1, 2, null], [2, 2, 5], 3)).toEqual([1 / 9, 8 / 9, null]);
    expect(reputerFractions([1, 1], [0, 0], 3)).toEqual([0, 0]);
    expect(reputerFractions([1e200, 1e200], [1e200, 0], 3)).toEqual([1, 0]);
  });
});

describe('entropy', () => {
  const run = (fractions: number[], previous: (number | null)[]) =>
    roleEntropy('inferer', fractions, previous, DEFAULT_PARAMS);

  it('is ln N for N equal shares', () => {
    expect(run([0.25, 0.25, 0.25, 0.25], [null, null, null, null]).entropy).toBeCloseTo(Math.log(4), 14);
  });

  it('is a constant for one participant, whose smoothed share is 1', () => {
    expect(run([1], [0.3])).toEqual({ entropy: 0.173286795139986, smoothedFractions: [1] });
  });

  it('shrinks with the number ratio, of shares that need not sum to 1', () => {
    // Smoothed 0.1 * (1, 0) + 0.9 * (0.5, 0.1) = (0.55, 0.09).
    const result = run([1, 0], [0.5, 0.1]);
    const f = 0.55 / 0.64;
    const disorder = -(f * Math.log(f) + (1 - f) * Math.log(1 - f));
    expect(result.entropy).toBeCloseTo(disorder * (1 / (0.55 ** 2 + 0.09 ** 2) / 2) ** 0.25, 14);
    expect(result.smoothedFractions[0]).toBeCloseTo(f, 14);
  });

  it('takes 0 ln 0 as 0 and refuses nothing but zeros', () => {
    expect(run([1, 0], [null, null]).entropy).toBe(0);
    expect(() => run([0, 0], [null, null])).toThrowError(
      expect.objectContaining({ code: 'ENTROPY_UNDEFINED' }),
    );
    expect(() => run([], [])).toThrowError(expect.objectContaining({ code: 'NO_PARTICIPANTS' }));
  });
});

describe('forecast value', () => {
  const run = (naiveLoss: number, infererScores: (number | null)[], previousScoreRatio = 0) =>
    forecastValue({ naiveLoss, combinedLoss: 0, infererScores, previousScoreRatio, taskRewardAlpha: 0.1 });

  it('resets where neither task nor inferers scored', () => {
    expect(run(0, [-1, null], 0.9)).toEqual({ taskScore: 0, scoreRatio: 0, chi: 0.5 });
  });

  it('takes the sign of the task where no inferer scored above 0', () => {
    expect(run(3, [-1, 0], 0.5).scoreRatio).toBeCloseTo(0.55, 15);
    expect(run(-3, [], 0.5).scoreRatio).toBeCloseTo(0.35, 15);
  });

  it('maps the smoothed ratio to 0.1 .. 0.5', () => {
    expect(run(0, [2], -1).chi).toBe(0.1);
    expect(run(1, [2], 0.5).chi).toBeCloseTo(0.4 * 0.5 + 0.1, 15);
    expect(run(20, [2], 1).chi).toBe(0.5);
    expect(run(2, [2], 1)).toMatchObject({ scoreRatio: 1, chi: 0.5 });
  });
});

describe('task rewards', () => {
  it('sum to the topic reward', () => {
    const entropies = fc.double({ min: 0, max: 1e9, noNaN: true });
    const chis = fc.double({ min: 0.1, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(
        entropies,
        entropies,
        fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
        chis,
        (f, g, h, chi) => {
          const result = taskRewards({
            topicReward: 1000,
            chi,
            inferenceEntropy: f,
            forecastingEntropy: g,
            reputerEntropy: h,
          });
          const paid = result.inferenceTaskReward + result.forecastingTaskReward + result.reputerTaskReward;
          expect(paid).toBeCloseTo(1000, 8);
        },
      ),
    );
  });

  it('give the workers by chi and the reputers by entropy', () => {
    const options = {
      topicReward: 90,
      chi: 0.1,
      inferenceEntropy: 1,
      forecastingEntropy: 1,
      reputerEntropy: 1,
    };
    expect(
      nearly(taskRewards(options), {
        gamma: 2,
        inferenceTaskReward: 54,
        forecastingTaskReward: 6,
        reputerTaskReward: 30,
      }),
    ).toBe(true);
  });

  it('have an answer without worker entropy, and none without any', () => {
    const options = {
      topicReward: 90,
      chi: 0.1,
      inferenceEntropy: 0,
      forecastingEntropy: 0,
      reputerEntropy: 1,
    };
    expect(taskRewards(options)).toMatchObject({ gamma: 1, inferenceTaskReward: 0, reputerTaskReward: 90 });
    expect(() => taskRewards({ ...options, reputerEntropy: 0 })).toThrowError(
      expect.objectContaining({ code: 'ENTROPY_UNDEFINED' }),
    );
  });
});

const payable = rewardInputs(ordinary);

function relabelInferers(input: RewardInput, order: readonly number[]): RewardInput {
  return {
    ...input,
    infererScores: pick(input.infererScores, order),
    previousInfererFractions: pick(input.previousInfererFractions, order),
  };
}

describe('rewardEpoch', () => {
  it('pays the whole topic reward: shares of each role sum to 1 and tasks to the reward', () => {
    fc.assert(
      fc.property(payable, (input) => {
        const result = rewardEpoch(input, DEFAULT_PARAMS);
        expect(total(result.infererFractions)).toBeCloseTo(1, 12);
        expect(total(result.reputerFractions)).toBeCloseTo(1, 12);
        expect(total(result.infererSmoothedFractions)).toBeCloseTo(1, 12);
        if (result.forecasterSmoothedFractions) expect(total(result.forecasterFractions)).toBeCloseTo(1, 12);
        const paid =
          total(result.infererRewards) +
          total(result.forecasterRewards) +
          total(result.reputerRewards) +
          total(result.delegatorRewards);
        expect(nearly(paid, input.topicReward, 1e-12)).toBe(true);
      }),
    );
  });

  it('leaves forecasters out of an epoch with a single inferer', () => {
    fc.assert(
      fc.property(payable, (input) => {
        const result = rewardEpoch(input, DEFAULT_PARAMS);
        const forecasting =
          input.inferers.length > 1 && input.forecasterScores.some((score) => score !== null);
        expect(result.forecasterSmoothedFractions !== null).toBe(forecasting);
        if (!forecasting) expect(total(result.forecasterRewards)).toBe(0);
      }),
    );
  });

  it('does not care how the inferers are called, given the window of scores', () => {
    const relabelled = payable.chain((input) =>
      fc.tuple(fc.constant(input), permutations(input.inferers.length)),
    );
    fc.assert(
      fc.property(relabelled, ([input, order]) => {
        const before = rewardEpoch(input, DEFAULT_PARAMS);
        const after = rewardEpoch(relabelInferers(input, order), DEFAULT_PARAMS);
        expect(nearly(after.infererRewards, pick(before.infererRewards, order))).toBe(true);
        expect(nearly(after.reputerRewards, before.reputerRewards)).toBe(true);
      }),
    );
  });

  it('leaves a reputer of delegated stake only with nothing, and never with less', () => {
    const numbers = fc.record({
      stake: fc.integer({ min: 1, max: 1_000_000 }),
      topicReward: fc.double({ min: 0, max: 1e27, noNaN: true }),
    });
    const input = fc.sample(payable, { numRuns: 1, seed: 1 })[0]!;
    fc.assert(
      fc.property(numbers, ({ stake, topicReward }) => {
        const stakes = input.stakes.map(() => stake);
        const result = rewardEpoch(
          { ...input, stakes, delegatedStakes: stakes, topicReward },
          DEFAULT_PARAMS,
        );
        for (const reward of result.reputerRewards) {
          expect(reward).toBeGreaterThanOrEqual(0);
          expect(reward! / (topicReward + 1)).toBeLessThan(1 / (topicReward + 1) + 1e-15);
        }
      }),
    );
  });

  it('refuses what no earlier stage can have returned', () => {
    const input = fc.sample(payable, { numRuns: 1, seed: 1 })[0]!;
    const change = (part: Partial<RewardInput>) => () => rewardEpoch({ ...input, ...part }, DEFAULT_PARAMS);
    const invalid = expect.objectContaining({ code: 'INVALID_INPUT' });
    expect(change({ delegatedStakes: input.stakes.map((stake) => stake + 1) })).toThrowError(invalid);
    expect(change({ reputerScores: input.stakes.map(() => -1) })).toThrowError(invalid);
    expect(change({ topicReward: -1 })).toThrowError(invalid);
    expect(change({ previousReputerFractions: input.stakes.map(() => 1.5) })).toThrowError(invalid);
  });
});

describe('payouts', () => {
  const sumOf = (rows: readonly (readonly bigint[])[]): bigint => rows.flat().reduce((a, x) => a + x, 0n);

  it('never exceed the topic reward, whose rest is the dust', () => {
    const rewards = fc.bigInt({ min: 0n, max: 10n ** 30n });
    fc.assert(
      fc.property(payable, rewards, (input, topicRewardUallo) => {
        const paid = payouts(
          rewardEpoch({ ...input, topicReward: Number(topicRewardUallo) }, DEFAULT_PARAMS),
          topicRewardUallo,
        );
        const rows = [paid.inferersUallo, paid.forecastersUallo, paid.reputersUallo, paid.delegatorsUallo];
        expect(rows.flat().every((amount) => amount >= 0n)).toBe(true);
        expect(sumOf(rows)).toBe(paid.totalUallo);
        expect(paid.totalUallo + paid.dustUallo).toBe(topicRewardUallo);
        expect(paid.dustUallo >= 0n).toBe(true);
        // Truncation loses less than 1 each, doubles less than 1e-13 of the whole.
        expect(paid.dustUallo <= BigInt(rows.flat().length) + topicRewardUallo / 10n ** 13n).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('take an excess from the largest payout, the first of equals', () => {
    const row = (...values: (number | null)[]) => values;
    const rewards = {
      ...rewardEpoch(fc.sample(payable, { numRuns: 1, seed: 1 })[0]!, DEFAULT_PARAMS),
      infererRewards: row(3.9, null),
      forecasterRewards: row(5.2),
      reputerRewards: row(5),
      delegatorRewards: row(1),
    };
    expect(payouts(rewards, 13n)).toEqual({
      inferersUallo: [3n, 0n],
      forecastersUallo: [4n],
      reputersUallo: [5n],
      delegatorsUallo: [1n],
      totalUallo: 13n,
      dustUallo: 0n,
    });
    expect(payouts(rewards, 20n).dustUallo).toBe(6n);
    expect(payouts(rewards, 0n).totalUallo).toBe(0n);
  });
});
