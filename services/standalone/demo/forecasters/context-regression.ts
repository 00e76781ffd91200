import { last, ridge } from '../statistics';
import type { ForecastLoss } from './context';
import { lossMemory, memories } from './loss-memory';

const SAMPLES_MIN = 15;
/** As much as this many epochs without any relation. */
const PENALTY_EPOCHS = 150;

/** Ridge regression of an inferer's loss on the context, its last loss and its recent losses, refitted each epoch. */
export const contextRegression: ForecastLoss = (samples, now) => {
  if (samples.length < SAMPLES_MIN) return lossMemory(samples, now);
  const losses = samples.map(({ loss }) => loss);
  const recent = memories(losses);
  const rows = samples.slice(1).map(({ context }, n) => [...context, losses[n]!, recent[n + 1]!]);
  return ridge(rows, losses.slice(1), PENALTY_EPOCHS)([...now, last(losses), last(recent)]);
};
