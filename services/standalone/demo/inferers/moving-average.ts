import { mean } from '../statistics';
import { closesOf, type Predict } from './inferer';

const DAYS = 3;

/** The mean of the last closes. */
export const movingAverage: Predict = (history) => mean(closesOf(history).slice(-DAYS));
