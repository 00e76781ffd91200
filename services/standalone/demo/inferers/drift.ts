import { last, logReturns, mean } from '../statistics';
import { closesOf, type Predict } from './inferer';

const YEAR_DAYS = 250;

/** Today's close, grown by the mean daily return of the last year. */
export const drift: Predict = (history) => {
  const closes = closesOf(history);
  return last(closes) * Math.exp(mean(logReturns(closes).slice(-YEAR_DAYS)));
};
