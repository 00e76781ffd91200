import { last, logReturns, mean, std } from '../statistics';
import { closesOf, type Predict } from './inferer';

const PATTERN_DAYS = 4;
const LOOK_ALIKES = 15;

/** What came, in the last year, after the days that looked most like the last four. */
export const lookAlike: Predict = (history) => {
  const closes = closesOf(history);
  const returns = logReturns(closes);
  const size = std(returns) || 1;
  const pattern = returns.slice(-PATTERN_DAYS);
  const known = returns.slice(PATTERN_DAYS).map((next, day) => ({
    next,
    distance: pattern.reduce((total, move, lag) => total + ((returns[day + lag]! - move) / size) ** 2, 0),
  }));
  known.sort((a, b) => a.distance - b.distance || a.next - b.next);
  return last(closes) * Math.exp(mean(known.slice(0, LOOK_ALIKES).map(({ next }) => next)));
};
