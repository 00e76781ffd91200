import { autoregression } from './autoregression';
import { drift } from './drift';
import { exponentialSmoothing } from './exponential-smoothing';
import { gambler } from './gambler';
import type { Predict } from './inferer';
import { lastValue } from './last-value';
import { lookAlike } from './look-alike';
import { meanReversion } from './mean-reversion';
import { momentum } from './momentum';
import { movingAverage } from './moving-average';
import { regimeSwitching } from './regime-switching';
import { typicalPrice } from './typical-price';

/** Every inferer of the demo by name. The seed is the gambler's alone. */
export const inferersOf = (seed: string): Readonly<Record<string, Predict>> => ({
  'last-value': lastValue,
  drift,
  'moving-average': movingAverage,
  momentum,
  'mean-reversion': meanReversion,
  autoregression,
  'exponential-smoothing': exponentialSmoothing,
  'regime-switching': regimeSwitching,
  'typical-price': typicalPrice,
  'look-alike': lookAlike,
  gambler: gambler(seed),
});
