import { describe, expect, it } from 'vitest';
import { judgeForecast, judgeInference, judgeLosses, type LossValues } from './submission-values';

const element = (inferer: string, value = '0.5') => ({ inferer, value });
const worker = (id: string, value = '-1.5') => ({ worker: id, value });
const codeOf = (verdict: { verdict: string; code?: string }) => verdict.code ?? verdict.verdict;

describe('an inference', () => {
  it.each([
    ['1.5', false, 'accepted'],
    ['-1.5', false, 'VALUE_NOT_ALLOWED'],
    ['-1.5', true, 'accepted'],
    ['many', true, 'VALUE_NOT_ALLOWED'],
  ])('of %s with negatives %s: %s', (value, allowNegative, expected) => {
    expect(codeOf(judgeInference({ value }, { allowNegative }))).toBe(expected);
  });
});

describe('a forecast', () => {
  it.each([
    ['of distinct inferers', [element('a'), element('b', '-3')], 'accepted'],
    ['with a repeat', [element('a'), element('b'), element('a')], 'DUPLICATE_ELEMENT'],
    ['with too many', [element('a'), element('b'), element('c'), element('d')], 'TOO_MANY_ELEMENTS'],
    [
      'with a repeat among too many',
      [element('a'), element('b'), element('c'), element('a')],
      'DUPLICATE_ELEMENT',
    ],
    [
      'with a wrong number among repeats',
      [element('a'), element('a'), element('b', 'x')],
      'VALUE_NOT_ALLOWED',
    ],
  ])('%s', (_, elements, expected) => {
    expect(codeOf(judgeForecast({ elements }, { maxElements: 3 }))).toBe(expected);
  });

  it('is told which element is wrong', () => {
    expect(
      judgeForecast({ elements: [element('a'), element('b', '1e999')] }, { maxElements: 3 }),
    ).toMatchObject({
      facts: { field: 'elements[1].value' },
    });
  });
});

describe('a bundle of losses', () => {
  const losses: LossValues = {
    combined: '-2',
    naive: '-1.5',
    inferers: [worker('a'), worker('b')],
    forecasters: [worker('k')],
    oneOutInferers: [worker('a'), worker('b')],
    oneOutForecasters: [],
    oneInForecasters: [worker('k')],
    oneOutInfererForecasters: [{ forecaster: 'k', oneOutInferers: [worker('a'), worker('b')] }],
  };
  const nested = (ids: string[]) => [{ forecaster: 'k', oneOutInferers: ids.map((id) => worker(id)) }];

  it.each<[string, Partial<LossValues>, string]>([
    ['as it should be', {}, 'accepted'],
    ['with a wrong combined loss', { combined: '' }, 'VALUE_NOT_ALLOWED'],
    ['with a wrong number in a list', { inferers: [worker('a', 'NaN')] }, 'VALUE_NOT_ALLOWED'],
    ['with a repeat in a list', { oneOutInferers: [worker('a'), worker('a')] }, 'DUPLICATE_ELEMENT'],
    [
      'with a repeated row',
      { oneOutInfererForecasters: [...nested(['a']), ...nested(['b'])] },
      'DUPLICATE_ELEMENT',
    ],
    ['with a repeat in a row', { oneOutInfererForecasters: nested(['a', 'a']) }, 'DUPLICATE_ELEMENT'],
    [
      'with a wrong number in a row',
      {
        oneOutInfererForecasters: [{ forecaster: 'k', oneOutInferers: [worker('a', '?')] }],
      },
      'VALUE_NOT_ALLOWED',
    ],
    ['with too many in all', { oneOutInfererForecasters: nested(['a', 'b', 'c']) }, 'TOO_MANY_ELEMENTS'],
  ])('%s', (_, change, expected) => {
    expect(codeOf(judgeLosses({ ...losses, ...change }, { maxElements: 8 }))).toBe(expected);
  });
});
