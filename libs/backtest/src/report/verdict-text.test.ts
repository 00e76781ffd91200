import { expect, it } from 'vitest';
import { estimateText, scaleText, verdictText } from './verdict-text';

const estimate = { mean: 0.0312, low: 0.0232, high: 0.0392, count: 9 };

it('tells an estimate in as many places as its interval is known to', () => {
  expect(estimateText(estimate)).toBe('0.0312 ± 0.0080');
  expect(estimateText({ ...estimate, mean: 123.4, low: 100, high: 150 })).toBe('123 ± 25');
  expect(estimateText({ ...estimate, low: 0.0312, high: 0.0312 })).toBe('0.031200 ± 0.000000');
});

it('tells each verdict apart', () => {
  expect(verdictText({ verdict: 'adds', contribution: estimate })).toBe('adds 0.0312 ± 0.0080');
  expect(verdictText({ verdict: 'adds_nothing', contribution: estimate })).toMatch(/^adds nothing: 0/);
  expect(verdictText({ verdict: 'undecided', contribution: estimate })).toMatch(/^undecided: 0/);
  expect(verdictText({ verdict: 'undecided', contribution: null })).toMatch(/too few epochs/);
});

it('names the unit of a loss', () => {
  expect(scaleText('mse')).toBe('log10 of mse');
  expect(scaleText('poisson?floor=1e-6')).toBe('poisson');
  expect(scaleText('something else')).toBe('something else');
});
