import { last, mean } from '../statistics';
import { closesOf, type Predict } from './inferer';

const DAYS = 20;
const PULL = 0.08;

/** The distance from the month's mean shrinks a little each day. */
export const meanReversion: Predict = (history) => {
  const logs = closesOf(history).slice(-DAYS).map(Math.log);
  return Math.exp(last(logs) - PULL * (last(logs) - mean(logs)));
};
