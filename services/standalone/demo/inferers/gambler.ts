import { seededNormal } from '../seed';
import { last } from '../statistics';
import type { Predict } from './inferer';

const BET = 0.03;

/** Deliberately bad: today's close with a bet of about three percent on it, by chance alone. */
export const gambler =
  (seed: string): Predict =>
  (history) => {
    const { date, close } = last(history);
    return close * Math.exp(BET * seededNormal(seed, 'gambler', date));
  };
