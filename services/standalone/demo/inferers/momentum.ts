import { last, logReturns, mean } from '../statistics';
import { closesOf, type Predict } from './inferer';

const DAYS = 10;
const CARRY = 0.5;

/** Half of the last two weeks' mean move goes on. */
export const momentum: Predict = (history) => {
  const closes = closesOf(history);
  return last(closes) * Math.exp(CARRY * mean(logReturns(closes).slice(-DAYS)));
};
