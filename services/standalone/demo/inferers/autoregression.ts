import { last, logReturns, ridge } from '../statistics';
import { closesOf, type Predict } from './inferer';

const LAGS = 5;
/** As much as this many days of no relation at all: daily returns hardly explain each other. */
const PENALTY_DAYS = 50;

/** Linear regression of a day's return on the five before it, refitted each day on the last year. */
export const autoregression: Predict = (history) => {
  const closes = closesOf(history);
  const returns = logReturns(closes);
  const rows = returns.slice(LAGS).map((_, day) => returns.slice(day, day + LAGS));
  const expected = ridge(rows, returns.slice(LAGS), PENALTY_DAYS)(returns.slice(-LAGS));
  return last(closes) * Math.exp(expected);
};
