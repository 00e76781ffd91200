import { describe, expect, it } from 'vitest';
import { contextOf, type ForecastLoss, type Sample } from './forecasters/context';
import { forecasters } from './forecasters/forecasters';
import { inferersOf } from './inferers/inferers';
import { logLoss } from './loss';
import { chainedDay, HISTORY_DAYS, loadPrices, openFeed } from './prices';
import { mean, std } from './statistics';

const prices = loadPrices();
const inferers = inferersOf('7');
const names = Object.keys(inferers);
const until = (day: number) => prices.slice(day - HISTORY_DAYS + 1, day + 1);

function correlation(xs: readonly number[], ys: readonly number[]): number {
  const [x, y] = [mean(xs), mean(ys)];
  return mean(xs.map((value, n) => (value - x) * (ys[n]! - y))) / (std(xs) * std(ys));
}

describe('prices', () => {
  it('are the twenty years of the package', () => {
    expect(prices).toHaveLength(5_105);
    expect(prices[0]).toMatchObject({ date: '2000-01-03', close: 1455.219971 });
    expect(prices.at(-1)!.date).toBe('2020-04-17');
  });

  it('start where the seed says, and show no day before it has come', () => {
    const [a, b, again] = [
      openFeed(prices, '1', 300),
      openFeed(prices, '2', 300),
      openFeed(prices, '1', 300),
    ];
    expect(a.truth(0)).toEqual(again.truth(0));
    expect(a.truth(0)).not.toEqual(b.truth(0));
    const history = a.history(5);
    expect(history).toHaveLength(HISTORY_DAYS);
    expect(history.at(-1)).toEqual(a.truth(4));
    expect(history).not.toContainEqual(a.truth(5));
  });

  it('go on after their end without a jump', () => {
    const end = prices.length - 1;
    expect(chainedDay(prices, end)).toBe(prices[end]);
    const next = chainedDay(prices, end + 1);
    expect(next.close / prices[end]!.close).toBeCloseTo(prices[1]!.close / prices[0]!.close, 12);
    expect(next.date).toBe('2000-01-04+1');
    expect(chainedDay(prices, 2 * end + 1).date).toBe('2000-01-04+2');
    expect(openFeed(prices, '1', 20_000).truth(19_999).close).toBeGreaterThan(0);
  });
});

describe('inferers', () => {
  it('are eleven that differ from each other', () => {
    const days = Array.from({ length: 40 }, (_, n) => until(400 + n * 100));
    const lines = names.map((name) => days.map((history) => inferers[name]!(history)).join());
    expect(new Set(lines).size).toBe(11);
  });

  it('give the same number for the same days and see nothing else', () => {
    for (const name of names) {
      const history = until(1_000);
      const frozen = Object.freeze(history.map((day) => Object.freeze({ ...day })));
      expect(inferers[name]!(frozen), name).toBe(inferers[name]!(history));
      expect(history).toEqual(until(1_000));
    }
  });

  it('stay near the price, but for the one that is to be bad', () => {
    const days = Array.from({ length: 200 }, (_, n) => 400 + n * 23);
    const errors = (name: string) =>
      mean(days.map((day) => logLoss(prices[day + 1]!.close, inferers[name]!(until(day)))));
    const honest = names.filter((name) => name !== 'gambler').map(errors);
    expect(errors('gambler')).toBeGreaterThan(Math.max(...honest) + 0.4);
    expect(Math.max(...honest) - Math.min(...honest)).toBeLessThan(0.6);
  });
});

describe('forecasters', () => {
  const honest = names.filter((name) => name !== 'gambler');
  const epochs = 900;
  const warmUp = 60;
  /** Losses and contexts of every honest inferer over stretches of very different markets. */
  const stretches = [600, 1_500, 2_300, 3_000, 4_000].flatMap((first) =>
    honest.map((name) =>
      Array.from({ length: epochs }, (_, n): Sample => {
        const history = until(first + n);
        const loss = logLoss(prices[first + n + 1]!.close, inferers[name]!(history));
        return { context: contextOf(history), loss };
      }),
    ),
  );

  /** Forecasts and losses as distances from the mean loss of that inferer in that stretch, which only hindsight knows. */
  function judge(forecast: ForecastLoss) {
    const expected: number[] = [];
    const actual: number[] = [];
    for (const samples of stretches) {
      const constant = mean(samples.map(({ loss }) => loss));
      for (let n = warmUp; n < epochs; n += 7) {
        expected.push(forecast(samples.slice(Math.max(0, n - 500), n), samples[n]!.context) - constant);
        actual.push(samples[n]!.loss - constant);
      }
    }
    const error = mean(expected.map((value, n) => (value - actual[n]!) ** 2));
    return {
      error,
      constantError: mean(actual.map((value) => value ** 2)),
      r: correlation(expected, actual),
    };
  }

  it.each(Object.keys(forecasters))('%s foretells losses better than any constant could', (name) => {
    const { error, constantError, r } = judge(forecasters[name]!);
    expect(error).toBeLessThan(constantError);
    expect(r).toBeGreaterThan(0.2);
  });

  it('can speak after one epoch, and repeat themselves to the bit', () => {
    const own = stretches[0]!;
    for (const forecast of Object.values(forecasters)) {
      expect(Number.isFinite(forecast(own.slice(0, 1), own[1]!.context))).toBe(true);
      expect(forecast(own.slice(0, 300), own[300]!.context)).toBe(
        forecast(own.slice(0, 300), own[300]!.context),
      );
    }
  });
});

describe('the loss', () => {
  it('is log10 of the squared error with a floor of a cent', () => {
    expect(logLoss(1_000, 1_010)).toBe(2);
    expect(logLoss(1_000, 1_000)).toBe(-4);
    expect(logLoss(1_000, 1_000.001)).toBe(-4);
  });
});
