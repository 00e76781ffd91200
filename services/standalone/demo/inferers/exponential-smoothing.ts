import { closesOf, type Predict } from './inferer';

const LEVEL_SHARE = 0.8;
const TREND_SHARE = 0.05;

/** Holt's double exponential smoothing: a level and a trend, both following slowly. */
export const exponentialSmoothing: Predict = (history) => {
  const closes = closesOf(history);
  let level = closes[0]!;
  let trend = 0;
  for (const close of closes) {
    const before = level;
    level = LEVEL_SHARE * close + (1 - LEVEL_SHARE) * (level + trend);
    trend = TREND_SHARE * (level - before) + (1 - TREND_SHARE) * trend;
  }
  return level + trend;
};
