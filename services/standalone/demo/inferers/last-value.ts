import { last } from '../statistics';
import { closesOf, type Predict } from './inferer';

/** Tomorrow is as today. */
export const lastValue: Predict = (history) => last(closesOf(history));
