import { last, logReturns, mean, median, std } from '../statistics';
import { closesOf, type Predict } from './inferer';

const VOLATILITY_DAYS = 10;
/** Sum of squares that is added below, as if of days without a relation. */
const SHRINKAGE_DAYS = 20;

/**
 * Calm and nervous days are told apart by the two weeks' volatility against its median of the year. In nervous times a part of
 * the last move comes back (as it did on nervous days); in calm ones the calm days' mean return goes on.
 */
export const regimeSwitching: Predict = (history) => {
  const closes = closesOf(history);
  const returns = logReturns(closes);
  const volatility = returns
    .slice(VOLATILITY_DAYS - 1)
    .map((_, day) => std(returns.slice(day, day + VOLATILITY_DAYS)));
  const border = median(volatility);
  const nervous = volatility.map((size) => size > border);
  const days = returns.slice(VOLATILITY_DAYS).map((next, day) => ({
    next,
    move: returns[day + VOLATILITY_DAYS - 1]!,
    nervous: nervous[day]!,
  }));
  if (!last(nervous)) {
    const calm = days.filter((day) => !day.nervous).map(({ next }) => next);
    return last(closes) * Math.exp(calm.length > 0 ? mean(calm) : 0);
  }
  const wild = days.filter((day) => day.nervous);
  const squares =
    wild.reduce((total, { move }) => total + move * move, 0) * (1 + SHRINKAGE_DAYS / wild.length);
  const products = wild.reduce((total, { move, next }) => total + move * next, 0);
  return last(closes) * Math.exp((products / squares) * last(returns));
};
