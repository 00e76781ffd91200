import { last } from '../statistics';
import type { Predict } from './inferer';

/** The middle of today's trading, from its highest, lowest and last price. */
export const typicalPrice: Predict = (history) => {
  const { high, low, close } = last(history);
  return (high + low + close) / 3;
};
