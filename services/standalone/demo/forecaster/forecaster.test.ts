import { describe, expect, it } from 'vitest';
import { createCast } from '../cast';
import { loadPrices, openFeed, type PriceFeed } from '../prices';
import { runExperiment, type SeedReport } from './experiment';
import { createForecasterPrinter } from './forecaster-print';
import { summariseSeeds } from './forecaster-summary';
import { intervalOf } from './interval';
import { type Market, playMarket, type Played, type Said } from './play-market';

const prices = loadPrices();

const report = (seed: string, network: number, error: number): SeedReport => ({
  ...{ seed, firstDate: '2003-09-10', lastDate: '2019-08-05', epochs: 4_000 },
  absoluteError: { ours: 1 + error, pastMean: 1, difference: error },
  squaredError: { ours: 2 + error, pastMean: 2, difference: error },
  ...{ inferersForetoldBetter: 11, inferers: 11 },
  network: { without: 1.5, with: 1.5 + network, difference: network, standardError: 0.002 },
});

const marketOf = (feed: PriceFeed, said: Said): Market => ({
  ...{ cast: { ...createCast('7'), forecasters: [] }, feed, seed: '7', epochs: 60, said },
});

describe('the experiment', () => {
  it('foretells the losses of a market better than their means', async () => {
    const seen: SeedReport[] = [];
    const reports = await runExperiment({
      ...{ prices, seeds: ['1', '4'], epochs: 250, target: 'regret', beside: false, said: 'ours' },
      onSeed: (one) => seen.push(one),
    });
    expect(seen).toEqual(reports);
    for (const { squaredError, network, inferers } of reports) {
      expect(inferers).toBe(11);
      expect(squaredError.difference).toBeLessThan(0);
      expect(Math.abs(network.difference)).toBeGreaterThan(0);
    }
  });

  it('is the same each time, and does not know a day before it has come', async () => {
    const feed = openFeed(prices, '7', 60);
    const otherEnd: PriceFeed = {
      history: (epoch) =>
        feed
          .history(epoch)
          .map((day, n, all) => (epoch - (all.length - 1 - n) > 40 ? { ...day, close: 1 } : day)),
      truth: (epoch) => (epoch + 1 > 40 ? { ...feed.truth(epoch), close: 1 } : feed.truth(epoch)),
    };
    const play = (days: PriceFeed) => playMarket(marketOf(days, 'ours'), 'regret');
    const [one, again, other] = [await play(feed), await play(feed), await play(otherEnd)];
    expect(again).toEqual(one);
    const said = ({ foretold }: typeof one, until: number) =>
      foretold
        .filter(({ epoch }) => epoch <= until)
        .map(({ epoch, inferer, loss }) => ({ epoch, inferer, loss }));
    expect(said(one, 40).length).toBeGreaterThan(400);
    expect(said(other, 40)).toEqual(said(one, 40));
    expect(said(other, 50)).not.toEqual(said(one, 50));
  });
});

it('says the mean past losses where those are to be compared, of the same market', async () => {
  const feed = openFeed(prices, '7', 60);
  const [ours, means] = [
    await playMarket(marketOf(feed, 'ours'), 'regret'),
    await playMarket(marketOf(feed, 'past-mean'), 'regret'),
  ];
  const market = ({ foretold }: Played) => foretold.map(({ pastMean, published }) => [pastMean, published]);
  expect(market(means)).toEqual(market(ours));
  expect(means.networkLosses).not.toEqual(ours.networkLosses);
});

describe('the summary', () => {
  it('has nothing against intervals below zero', () => {
    const summary = summariseSeeds([report('1', -0.004, -0.1), report('2', -0.003, -0.12)], 'regret');
    expect(summary.networkLossDifference.mean).toBeCloseTo(-0.0035, 12);
    expect(summary.networkLossDifference.high).toBeGreaterThan(0);
    const three = ['1', '2', '3', '4'].map((seed, n) => report(seed, -0.004 - n / 1e4, -0.1 - n / 100));
    expect(summariseSeeds(three, 'regret').violations).toEqual([]);
  });

  it.each([
    ['network', 0.001, -0.1, /the network with the forecaster does not lose less .* -?\d/],
    ['forecast', -0.004, 0.1, /absolute error .*squared error/],
  ])('tells of a %s that is not better', (_, network, error, text) => {
    const reports = ['1', '2', '3'].map((seed, n) => report(seed, network - n / 1e5, error - n / 1e3));
    expect(summariseSeeds(reports, 'loss').violations.join()).toMatch(text);
  });

  it('takes its intervals from the table of t', () => {
    const { mean, low, high } = intervalOf([1, 2, 3]);
    expect(mean).toBe(2);
    expect((high - low) / 2).toBeCloseTo(4.303 / Math.sqrt(3), 12);
    expect(() => intervalOf([1])).toThrow(/two seeds/);
  });
});

describe('the printer', () => {
  const print = (json: boolean): string[] => {
    const lines: string[] = [];
    const printer = createForecasterPrinter({ write: (text) => lines.push(text) }, { json });
    const reports = ['1', '2', '3'].map((seed, n) => report(seed, -0.004 - n / 1e5, -0.1));
    printer.note('hello');
    reports.forEach(printer.seed);
    printer.summary(summariseSeeds(reports, 'regret'));
    return lines.join('').trimEnd().split('\n');
  };

  it('prints JSON lines alone when asked to', () => {
    const types = print(true).map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(['seed', 'seed', 'seed', 'summary']);
  });

  it('prints a table whose columns stand under their titles, and what came out', () => {
    const [note, header, first, ...rest] = print(false);
    expect(note).toBe('hello');
    expect(header).toHaveLength(first!.length);
    expect(rest.at(-1)).toBe('Both are shown.');
  });
});
