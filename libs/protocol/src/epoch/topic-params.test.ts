import { describe, expect, it } from 'vitest';
import { checkTopicParams, type TopicRules } from './topic-params';

const rules: TopicRules = {
  epochLengthBlocks: 12,
  workerWindowBlocks: 4,
  groundTruthLagBlocks: 12,
  reputerWindowBlocks: 12,
  pNorm: 3,
  alphaRegret: 0.1,
  epsilon: 0.01,
  meritSortitionAlpha: 0.1,
  activeInfererQuantile: 0.2,
  activeForecasterQuantile: 0.2,
  activeReputerQuantile: 0.2,
  maxActiveInferers: 32,
  maxActiveForecasters: 6,
  maxActiveReputers: 6,
  allowNegative: false,
  revealWindowBlocks: 0,
};

type Case = readonly [field: Exclude<keyof TopicRules, 'allowNegative'>, value: number, bound: string | null];

const cases: readonly Case[] = [
  ['epochLengthBlocks', 0, 'a whole number from 1'],
  ['epochLengthBlocks', 12.5, 'a whole number'],
  ['workerWindowBlocks', 0, 'a whole number from 1'],
  ['workerWindowBlocks', 1, null],
  ['workerWindowBlocks', 12, null],
  ['workerWindowBlocks', 13, 'at most epochLengthBlocks'],
  ['groundTruthLagBlocks', 1200, null],
  ['groundTruthLagBlocks', 1201, '100 times'],
  ['reputerWindowBlocks', 0, 'a whole number from 1'],
  ['reputerWindowBlocks', 1201, '100 times'],
  ['revealWindowBlocks', -1, 'a whole number from 0'],
  ['revealWindowBlocks', 0, null],
  ['revealWindowBlocks', 1, null],
  ['revealWindowBlocks', 1.5, 'a whole number from 0'],
  ['revealWindowBlocks', Number.NaN, 'a whole number from 0'],
  ['revealWindowBlocks', 7, null],
  ['revealWindowBlocks', 8, null],
  ['revealWindowBlocks', 9, 'at most epochLengthBlocks less workerWindowBlocks'],
  ['pNorm', 2.49, 'from 2.5 to 4.5'],
  ['pNorm', 2.5, null],
  ['pNorm', 4.5, null],
  ['pNorm', 4.51, 'from 2.5 to 4.5'],
  ['alphaRegret', 0, 'above 0'],
  ['alphaRegret', 1, null],
  ['alphaRegret', 1.01, 'above 0, at most 1'],
  ['epsilon', 0, 'above 0'],
  ['epsilon', Number.NaN, 'above 0'],
  ['epsilon', Number.POSITIVE_INFINITY, 'above 0'],
  ['meritSortitionAlpha', 0, null],
  ['meritSortitionAlpha', -0.1, 'from 0 to 1'],
  ['activeInfererQuantile', 1, null],
  ['activeForecasterQuantile', 1.1, 'from 0 to 1'],
  ['activeReputerQuantile', Number.NaN, 'from 0 to 1'],
  ['maxActiveInferers', 0, 'a whole number from 1'],
  ['maxActiveForecasters', 1.5, 'a whole number'],
  ['maxActiveReputers', 1001, 'to 1000'],
];

describe('topic parameters', () => {
  it.each(cases)('%s = %s is judged by its bound: %s', (field, value, bound) => {
    const verdict = checkTopicParams({ ...rules, [field]: value });
    if (bound === null) return expect(verdict).toEqual({ verdict: 'accepted' });
    expect(verdict).toMatchObject({
      code: 'INVALID_TOPIC_PARAMS',
      violations: expect.arrayContaining([
        { field, value, bound: expect.stringContaining(bound) as string },
      ]) as unknown[],
    });
  });

  it('do not let a worker window outlast the wait for the truth', () => {
    const verdict = checkTopicParams({ ...rules, workerWindowBlocks: 6, groundTruthLagBlocks: 5 });
    expect(verdict).toMatchObject({
      violations: [{ field: 'workerWindowBlocks', bound: 'at most groundTruthLagBlocks' }],
    });
  });

  it.each([
    [4, null],
    [5, null],
    [6, 'at most groundTruthLagBlocks less workerWindowBlocks'],
  ])('with a lag of 9 and a worker window of 4, reveals of %i blocks: %s', (revealWindowBlocks, bound) => {
    const verdict = checkTopicParams({ ...rules, groundTruthLagBlocks: 9, revealWindowBlocks });
    if (bound === null) return expect(verdict).toEqual({ verdict: 'accepted' });
    expect(verdict).toMatchObject({
      violations: [{ field: 'revealWindowBlocks', value: revealWindowBlocks, bound }],
    });
  });

  it('without reveals blame a long worker window on itself alone', () => {
    const verdict = checkTopicParams({ ...rules, workerWindowBlocks: 13 });
    expect(verdict.verdict === 'refused' && verdict.violations.map((one) => one.field)).toEqual([
      'workerWindowBlocks',
    ]);
  });

  it('are told all at once', () => {
    const verdict = checkTopicParams({ ...rules, pNorm: 9, epsilon: -1, maxActiveReputers: 0 });
    expect(verdict.verdict === 'refused' && verdict.violations.map((one) => one.field)).toEqual([
      'pNorm',
      'epsilon',
      'maxActiveReputers',
    ]);
  });
});
