import type { DailyPrice } from '../prices';
import { last, logReturns, mean, std } from '../statistics';

/** What a forecaster sees of the present when it judges the others, in numbers of about the size of 1. */
export type Context = readonly number[];

/** An inferer's loss in a past epoch, and the context in which its inference was made. */
export interface Sample {
  readonly context: Context;
  readonly loss: number;
}

/** The log10 loss to expect of an inferer, from its samples (oldest first, at least one). */
export type ForecastLoss = (samples: readonly Sample[], now: Context) => number;

/** In index points; below it a move is as good as none, and its logarithm says nothing. */
const POINT_FLOOR = 0.5;

const points = (move: number): number => Math.log10(Math.max(Math.abs(move), POINT_FLOOR));

/** Volatility of a month, a week and today, the distance from the week's mean, and how one-sided the month was. */
export function contextOf(history: readonly DailyPrice[]): Context {
  const closes = history.slice(-21).map(({ close }) => close);
  const returns = logReturns(closes);
  const close = last(closes);
  const { high, low } = last(history);
  const month = std(returns);
  return [
    points(close * month),
    points(close * std(returns.slice(-5))),
    points(close * last(returns)),
    points(high - low),
    points(close - mean(closes.slice(-5))),
    mean(returns) / (month || 1),
  ];
}
