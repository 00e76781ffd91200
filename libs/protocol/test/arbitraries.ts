import fc from 'fast-check';
import type { LossBundle } from '../src/loss/loss-table';
import type { ReportedLosses } from '../src/loss/network-losses';
import type { MaybeNumber, RegretTable } from '../src/regret/regret-table';
import type { RegretUpdateInput } from '../src/regret/regrets';
import type { EmissionInput } from '../src/reward/emission';
import type { RewardInput } from '../src/reward/participant-rewards';
import type { ScoreInput } from '../src/score/scores';
import type { SynthesisInput } from '../src/synthesis/network-inference';

type Numbers = fc.Arbitrary<number>;

/** Losses, regrets and inferences as a working network has them. */
export const ordinary: Numbers = fc.integer({ min: -20_000, max: 20_000 }).map((x) => x / 1000);

/** Every finite double, with the ends of the range more often than chance would have them. */
export const anyFinite: Numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1, -1, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, -5e-324, 1e154, -1e154, 1e-200),
);

const notNegative = (numbers: Numbers): Numbers => numbers.map(Math.abs);

/** Reputer scores lie in 0..100. */
const reputerScoresBeside = (numbers: Numbers): Numbers =>
  numbers === ordinary ? fc.integer({ min: 1, max: 100_000 }).map((x) => x / 1000) : notNegative(numbers);

/** Stakes as a working network has them, or any finite ones where the numbers are any. */
const stakesBeside = (numbers: Numbers): Numbers =>
  numbers === ordinary ? fc.integer({ min: 1, max: 1_000_000 }) : notNegative(numbers);

const ids = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const row = (length: number, numbers: Numbers) => fc.array(numbers, { minLength: length, maxLength: length });
const maybe = (numbers: Numbers): fc.Arbitrary<MaybeNumber> => fc.option(numbers, { nil: null, freq: 4 });
const maybeRow = (length: number, numbers: Numbers) =>
  fc.array(maybe(numbers), { minLength: length, maxLength: length });
const maybeMatrix = (rows: number, columns: number, numbers: Numbers) =>
  fc.array(maybeRow(columns, numbers), { minLength: rows, maxLength: rows });

export function regretTables(J: number, K: number, numbers: Numbers): fc.Arbitrary<RegretTable> {
  return fc.record({
    inferer: maybeRow(J, numbers),
    forecaster: maybeRow(K, numbers),
    naiveInferer: maybeRow(J, numbers),
    oneOutInfererInferer: maybeMatrix(J, J, numbers),
    oneOutInfererForecaster: maybeMatrix(J, K, numbers),
    oneOutForecasterInferer: maybeMatrix(K, J, numbers),
    oneOutForecasterForecaster: maybeMatrix(K, K, numbers),
    oneInForecasterInferer: maybeMatrix(K, J, numbers),
    oneInForecasterSelf: maybeRow(K, numbers),
  });
}

export function lossBundles(J: number, K: number, numbers: Numbers): fc.Arbitrary<LossBundle> {
  return fc.record({
    combined: numbers,
    naive: numbers,
    inferer: maybeRow(J, numbers),
    forecaster: maybeRow(K, numbers),
    oneOutInferer: maybeRow(J, numbers),
    oneOutForecaster: maybeRow(K, numbers),
    oneInForecaster: maybeRow(K, numbers),
    oneOutInfererForecaster: maybeMatrix(K, J, numbers),
  });
}

const counts = (inferers: number) =>
  fc.tuple(fc.integer({ min: 1, max: inferers }), fc.integer({ min: 0, max: 3 }));

export function synthesisInputs(numbers: Numbers): fc.Arbitrary<SynthesisInput> {
  return counts(5).chain(([J, K]) =>
    fc.record({
      inferers: fc.constant(ids('i', J)),
      inferences: row(J, numbers),
      forecasters: fc.constant(ids('f', K)),
      forecasts: maybeMatrix(K, J, numbers),
      networkLoss: maybe(numbers),
      initialRegret: fc.oneof(numbers, fc.constant(0)),
      regrets: regretTables(J, K, numbers),
    }),
  );
}

export function reportedLosses(numbers: Numbers): fc.Arbitrary<ReportedLosses> {
  return fc.tuple(counts(4), fc.integer({ min: 1, max: 4 })).chain(([[J, K], M]) =>
    fc.record({
      inferers: fc.constant(ids('i', J)),
      forecasters: fc.constant(ids('f', K)),
      reputers: fc.constant(ids('r', M)),
      stakes: row(M, stakesBeside(numbers)),
      bundles: fc.array(lossBundles(J, K, numbers), { minLength: M, maxLength: M }),
    }),
  );
}

export function scoreInputs(numbers: Numbers): fc.Arbitrary<ScoreInput> {
  return reportedLosses(numbers).chain((reported) => {
    const [J, K, M] = [reported.inferers.length, reported.forecasters.length, reported.reputers.length];
    return fc.record({
      inferers: fc.constant(reported.inferers),
      forecasters: fc.constant(reported.forecasters),
      reputers: fc.constant(reported.reputers),
      stakes: fc.constant(reported.stakes),
      bundles: fc.constant(reported.bundles),
      networkLosses: lossBundles(J, K, numbers),
      listeningCoefficients: maybeRow(M, fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), numbers)),
      infererEma: maybeRow(J, numbers),
      forecasterEma: maybeRow(K, numbers),
      reputerEma: maybeRow(M, numbers),
    });
  });
}

export function regretInputs(numbers: Numbers): fc.Arbitrary<RegretUpdateInput> {
  return counts(4).chain(([J, K]) =>
    fc.record({
      inferers: fc.constant(ids('i', J)),
      forecasters: fc.constant(ids('f', K)),
      networkLosses: lossBundles(J, K, numbers),
      previousRegrets: regretTables(J, K, numbers),
      initialRegret: numbers,
      infererInclusions: row(J, fc.nat(30)),
      forecasterInclusions: row(K, fc.nat(30)),
    }),
  );
}

export function rewardInputs(numbers: Numbers): fc.Arbitrary<RewardInput> {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });
  return fc.tuple(counts(4), fc.integer({ min: 1, max: 4 })).chain(([[J, K], M]) =>
    fc
      .record({
        infererScores: row(J, numbers),
        forecasterScores: maybeRow(K, numbers),
        reputerScores: row(M, reputerScoresBeside(numbers)),
        stakes: row(M, stakesBeside(numbers)),
        delegated: row(M, fraction),
        olderInfererScores: fc.array(row(J, numbers), { maxLength: 3 }),
        olderForecasterScores: fc.array(row(K, numbers), { maxLength: 3 }),
        previousInfererFractions: maybeRow(J, fraction),
        previousForecasterFractions: maybeRow(K, fraction),
        previousReputerFractions: maybeRow(M, fraction),
        previousScoreRatio: numbers,
        naiveLoss: numbers,
        combinedLoss: numbers,
        topicReward: notNegative(numbers),
      })
      .map(({ delegated, olderInfererScores, olderForecasterScores, ...rest }) => ({
        ...rest,
        inferers: ids('i', J),
        forecasters: ids('f', K),
        reputers: ids('r', M),
        delegatedStakes: rest.stakes.map((stake, m) => stake * delegated[m]!),
        infererScoreHistory: [rest.infererScores, ...olderInfererScores],
        forecasterScoreHistory: [rest.forecasterScores.filter((x) => x !== null), ...olderForecasterScores],
      })),
  );
}

export function emissionInputs(numbers: Numbers): fc.Arbitrary<EmissionInput> {
  return fc.record({
    block: fc.nat(100_000_000),
    blocksPerMonth: fc.integer({ min: 1, max: 1_000_000 }),
    ecosystemMinted: fc.oneof(notNegative(numbers), fc.double({ min: 0, max: 3e8, noNaN: true })),
    ecosystemBalance: notNegative(numbers),
    staked: stakesBeside(numbers),
    reputersPercent: fc.double({ min: 0, max: 1, noNaN: true }),
    previousRate: notNegative(numbers),
  });
}

/** Whether every number anywhere inside a value is finite. */
export function allFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(allFinite);
}

/** A permutation of 0..count-1. */
export const permutations = (count: number): fc.Arbitrary<number[]> =>
  fc.shuffledSubarray(
    Array.from({ length: count }, (_, i) => i),
    { minLength: count, maxLength: count },
  );

export const pick = <T>(items: readonly T[], order: readonly number[]): T[] => order.map((i) => items[i]!);

/** Whether two values agree within a relative (and tiny absolute) tolerance, field by field. */
export function nearly(actual: unknown, expected: unknown, relative = 1e-9, absolute = 1e-9): boolean {
  if (typeof expected === 'number') {
    return (
      typeof actual === 'number' && Math.abs(actual - expected) <= relative * Math.abs(expected) + absolute
    );
  }
  if (typeof expected !== 'object' || expected === null) return actual === expected;
  if (typeof actual !== 'object' || actual === null) return false;
  const theirs = new Map(Object.entries(actual));
  const ours = Object.entries(expected);
  return (
    ours.length === theirs.size && ours.every(([key, x]) => nearly(theirs.get(key), x, relative, absolute))
  );
}
