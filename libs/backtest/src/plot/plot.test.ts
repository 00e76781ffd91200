import { describe, expect, it } from 'vitest';
import type { ReplayedEpoch } from '../replay/replay';
import type { BacktestReport } from '../report/report';
import { drawChart } from './chart';
import { OTHERS_MAX, POINTS_MAX, reportCharts } from './report-charts';
import { plotHtml, plotSvg } from './report-plot';
import { linearScale } from './scale';

const epochOf = (index: number, change: Partial<ReplayedEpoch> = {}): ReplayedEpoch => ({
  ...{ nonce: 101 + 10 * index, atMs: index, mode: 'weighted', value: '1', active: true },
  ...{ combined: { without: 1, with: 1 }, naive: 1, loss: { without: -1, with: -1.2 }, oneOutLoss: -1 },
  ...{
    score: 0.2,
    emaScore: 0.1,
    regret: 0.1,
    weight: 0.3,
    share: 0.3,
    ownLoss: -1.1,
    rewardUallo: 10n ** 18n,
  },
  ...{
    others: [{ inferer: 'allo1a', loss: -0.9, weight: 0.7, share: 0.7, score: 0.1 }],
    unknown: [],
    truths: [1],
  },
  ...change,
});

const reportOf = (
  epochs: readonly ReplayedEpoch[],
  change: Partial<BacktestReport> = {},
): BacktestReport => ({
  ...{ topicId: 1, lossMethod: 'mse', worker: 'allo1z', verdict: 'adds', gain: null },
  contribution: { mean: 0.2, low: 0.15, high: 0.25, count: epochs.length },
  ...{ asked: epochs.length, answered: epochs.length, answeredPart: 1, failures: [], ownLoss: -1.1, rank: 1 },
  ...{ networkLoss: { without: -1, with: -1.2 }, meanShare: 0.3, rewardUallo: 10n ** 18n, epochs },
  rivals: [{ inferer: 'allo1a', meanLoss: -0.9, candidateMeanLoss: -1.1, epochs: epochs.length }],
  ...{ lookAhead: { hits: 0, scored: epochs.length, suspected: false }, warnings: [] },
  ...change,
});

const ten = Array.from({ length: 10 }, (_, i) => epochOf(i));
const count = (text: string, what: RegExp): number => [...text.matchAll(what)].length;

/** Every element that opens is closed in its order. */
function requireWellFormed(text: string): void {
  const open: string[] = [];
  for (const [, close, name, , alone] of text.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:\s[^<>]*?)?)(\/?)>/g)) {
    if (close) expect(name).toBe(open.pop());
    else if (!alone) open.push(name!);
  }
  expect(open).toEqual([]);
}

describe('a scale', () => {
  it('has round ticks inside its domain', () => {
    const { ticks, at } = linearScale([-0.013, 0.062], [0, 100], 4);
    expect(ticks.map(({ text }) => text)).toEqual(['0.00', '0.02', '0.04', '0.06']);
    expect([at(-0.013), at(0.062)]).toEqual([0, 100]);
    expect(linearScale([0, 1.1e6], [100, 0], 2).ticks.map(({ text }) => text)).toEqual(['0', '1M']);
    expect(linearScale([0, 10], [0, 1], 4).ticks.map(({ text }) => text)).toEqual([
      '0.0',
      '2.5',
      '5.0',
      '7.5',
      '10.0',
    ]);
  });

  it('shows a single value in its middle', () => {
    expect(linearScale([5, 5], [0, 100], 4).at(5)).toBe(50);
    expect(linearScale([0, 0], [0, 100], 4).at(0)).toBe(50);
  });
});

describe('a chart', () => {
  const frame = { top: 0, width: 400, height: 200 };
  const line = (values: readonly (number | null)[]) => ({
    ...{ title: 't', unit: 'u', empty: 'nothing', xs: values.map((_, i) => i) },
    series: [{ name: 'n', tone: 'own' as const, mark: 'line' as const, values }],
  });

  it('breaks its lines at gaps, and shows a lone point', () => {
    const { markup } = drawChart(line([1, 2, null, 3]), frame);
    const [, path = ''] = / d="([^"]*)"/.exec(markup) ?? [];
    expect(path.match(/M[\d.]+ [\d.]+h0/g)).toHaveLength(2);
    expect(count(path, /L/g)).toBe(1);
  });

  it('puts greater values higher up', () => {
    const { markup } = drawChart(line([1, 2]), frame);
    const [, first, second] = /M[\d.]+ ([\d.]+)h0L[\d.]+ ([\d.]+)/.exec(markup)!;
    expect(Number(second)).toBeLessThan(Number(first));
  });

  it('says so where there is no number', () => {
    const { markup } = drawChart(line([null, null]), frame);
    expect(markup).toContain('nothing');
    expect(markup).not.toContain('<path');
  });
});

describe('the plot of a backtest', () => {
  it('is a page that stands alone, for light and dark', () => {
    const html = plotHtml(reportOf(ten));
    requireWellFormed(html.replace(/<style>[^]*?<\/style>/g, '').replace(/<meta[^>]*>/g, ''));
    expect(html).toContain('adds 0.200 ± 0.050 (log10 of mse, topic 1)');
    expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)|url\(|@import/);
    expect(html).toContain('prefers-color-scheme: dark');
    expect(count(html, /<circle/g)).toBe(10);
    expect(count(html, /class="bar own"/g)).toBe(10);
  });

  it('is a drawing with its style in it', () => {
    const svg = plotSvg(reportOf(ten));
    expect(svg.startsWith('<?xml')).toBe(true);
    requireWellFormed(svg.replace(/<style>[^]*?<\/style>/, ''));
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  it('takes no markup from what it shows', () => {
    const warnings = ['<script>alert(1)</script>'];
    const html = plotHtml(reportOf(ten, { warnings, lossMethod: '"><b>' }));
    expect(html).not.toMatch(/<script|<b>/);
    expect(html).toContain('&lt;script&gt;');
  });

  it('stays small however long the history and however many take part', () => {
    const others = Array.from({ length: 40 }, (_, i) => ({
      ...{ inferer: `allo1${i}`, loss: i, weight: 0, share: 0, score: 0 },
    }));
    const rivals = others.map(({ inferer, loss }) => ({
      ...{ inferer, meanLoss: loss, candidateMeanLoss: 0, epochs: 3_000 },
    }));
    const many = Array.from({ length: 3_000 }, (_, i) => epochOf(i, { others }));
    const charts = reportCharts(reportOf(many, { rivals }));
    expect(charts.map(({ xs }) => xs.length)).toEqual([POINTS_MAX, POINTS_MAX, POINTS_MAX, POINTS_MAX]);
    expect(charts[1]!.series).toHaveLength(OTHERS_MAX + 3);
    expect(charts[3]!.series[0]!.values.reduce<number>((sum, value) => sum + value!, 0)).toBeCloseTo(
      POINTS_MAX,
    );
  });

  it('is drawn of nothing, too', () => {
    const nothing = { contribution: null, verdict: 'undecided', rivals: [], ownLoss: null } as const;
    const html = plotHtml(reportOf([], nothing));
    expect(html).toContain('undecided: too few epochs');
    expect(html).not.toContain('NaN');
  });
});
