import type { ForecastLoss } from './context';
import { contextRegression } from './context-regression';
import { lossMemory } from './loss-memory';
import { similarDays } from './similar-days';

export const forecasters: Readonly<Record<string, ForecastLoss>> = {
  'loss-memory': lossMemory,
  'context-regression': contextRegression,
  'similar-days': similarDays,
};
