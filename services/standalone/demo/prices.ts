import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { seededUnit } from './seed';

export interface DailyPrice {
  readonly date: string;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** What every model sees at the most: a trading year and its start-up. */
export const HISTORY_DAYS = 300;

/** Daily S&P 500 index prices of 2000 to 2020, read from the installed vega-datasets package. */
export function loadPrices(): DailyPrice[] {
  const build = createRequire(import.meta.url).resolve('vega-datasets');
  const file = path.join(path.dirname(build), '..', 'data', 'sp500-2000.csv');
  const rows = parse(readFileSync(file), { columns: true, skip_empty_lines: true }) as Record<
    string,
    string
  >[];
  return rows.map(({ date, high, low, close }) => {
    const price = { date: date ?? '', high: Number(high), low: Number(low), close: Number(close) };
    if (!price.date || !(price.low > 0) || !(price.close > 0) || !(price.high > 0)) {
      throw new Error(`${file} holds a row without a price: ${date}`);
    }
    return price;
  });
}

/** A price series read day by day: `history(t)` ends with day t, the truth of epoch t is the close of day t + 1. */
export interface PriceFeed {
  history(epoch: number): DailyPrice[];
  truth(epoch: number): DailyPrice;
}

/**
 * Day `index` of the series. Past its end the series starts over, multiplied so that it goes on from its last close: a live
 * network never runs out of days, and no epoch sees the jump from 2020 back to 2000.
 */
export function chainedDay(prices: readonly DailyPrice[], index: number): DailyPrice {
  const span = prices.length - 1;
  const pass = Math.floor((index - 1) / span);
  if (pass <= 0) return prices[index]!;
  const factor = (prices[span]!.close / prices[0]!.close) ** pass;
  const { date, high, low, close } = prices[index - pass * span]!;
  return { date: `${date}+${pass}`, high: high * factor, low: low * factor, close: close * factor };
}

/** The seed chooses the first day, with room for the models' history before it and, where it fits, the epochs after it. */
export function openFeed(prices: readonly DailyPrice[], seed: string, epochs: number): PriceFeed {
  const choices = Math.max(1, prices.length - HISTORY_DAYS - epochs - 1);
  const start = HISTORY_DAYS + Math.floor(seededUnit(seed, 'first day') * choices);
  return {
    history: (epoch) =>
      Array.from({ length: HISTORY_DAYS }, (_, day) =>
        chainedDay(prices, start + epoch - HISTORY_DAYS + 1 + day),
      ),
    truth: (epoch) => chainedDay(prices, start + epoch + 1),
  };
}
