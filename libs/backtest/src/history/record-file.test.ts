import { describe, expect, it } from 'vitest';
import { historyText, parseHistory } from './record-file';
import { HistoryError, type TopicHistory } from './recorded';

const history: TopicHistory = {
  topicId: 3,
  lossMethod: 'mse',
  epochs: [
    {
      ...{ nonce: 101, settledNonce: null, atMs: 5, inferers: [{ inferer: 'allo1a', value: '0.10' }] },
      params: {
        ...{ epochLengthBlocks: 10, workerWindowBlocks: 4, groundTruthLagBlocks: 10, reputerWindowBlocks: 3 },
        ...{ pNorm: 3, alphaRegret: 0.1, epsilon: 0.01, meritSortitionAlpha: 0.1 },
        ...{ activeInfererQuantile: 0.2, activeForecasterQuantile: 0.2, activeReputerQuantile: 0.2 },
        ...{ maxActiveInferers: 32, maxActiveForecasters: 6, maxActiveReputers: 6 },
        ...{ allowNegative: false, revealWindowBlocks: 0 },
      },
      passiveInferers: ['allo1p'],
      forecasts: [{ forecaster: 'allo1f', elements: [{ inferer: 'allo1a', loss: 0.1 + 0.2 }] }],
      told: { combined: 1 / 3, naive: 5e-324, initialRegret: -1e300 },
      truths: new Map([['allo1r', { truth: 1e-17, errorFloor: 0, source: 'recovered' }]]),
      losses: {
        ...{ inferers: ['allo1a'], forecasters: [] },
        bundle: {
          ...{ combined: -1.5, naive: 2, inferer: [-12], forecaster: [], oneOutInferer: [null] },
          ...{ oneOutForecaster: [], oneInForecaster: [], oneOutInfererForecaster: [] },
        },
      },
      infererScores: [{ participant: 'allo1a', score: 0.1, emaScore: null }],
      forecasterScores: [],
      reputers: [
        {
          ...{ reputer: 'allo1r', score: 1, stakeUallo: 10n ** 37n, delegatedUallo: 0n },
          listeningCoefficient: 0.999,
        },
      ],
      emissionUallo: 123_456_789_012_345_678_901n,
      payments: [{ participant: 'allo1a', role: 'inferer', amountUallo: 7n }],
    },
  ],
};

const text = historyText(history);
const refused = (changed: string): string => {
  try {
    parseHistory(changed);
  } catch (error) {
    if (error instanceof HistoryError) return error.message;
    throw error;
  }
  return 'read';
};

describe('a recorded history', () => {
  it('is read as it was written, to the bit', () => {
    expect(parseHistory(text)).toEqual(history);
    expect(parseHistory(historyText(parseHistory(text)))).toEqual(history);
  });

  it('has a line for each epoch', () => {
    expect(text.trimEnd().split('\n')).toHaveLength(2);
    expect(refused(text.split('\n')[0]!)).toContain('no epochs');
  });

  it('is refused with the place of its fault', () => {
    expect(refused('')).toContain('line 1 is not JSON');
    expect(refused(text.replace('history/1', 'history/2'))).toContain('line 1, format');
    expect(refused(text.replace('"atMs":5,', ''))).toContain('line 2, atMs');
    expect(refused(text.replace('"7"', '"-7"'))).toContain('line 2, payments.0.amountUallo');
    expect(refused(`${text}{`)).toContain('line 3 is not JSON');
  });
});
