import { mean, standardiser } from '../statistics';
import type { ForecastLoss } from './context';
import { lossMemory } from './loss-memory';

const SAMPLES_MIN = 15;
const NEIGHBOURS = 40;
/** Added to each squared distance, so that one exact look-alike does not decide alone. */
const NEARNESS = 1;
/** Weight of the inferer's recent losses beside its neighbours' sum of weights. */
const PRIOR = 8;

/** What an inferer lost in the contexts most like the present one, the nearest counting most. */
export const similarDays: ForecastLoss = (samples, now) => {
  const prior = lossMemory(samples, now);
  if (samples.length < SAMPLES_MIN) return prior;
  const standardise = standardiser(samples.map(({ context }) => context));
  const here = standardise(now);
  const near = samples.map(({ context, loss }) => {
    const distance = mean(standardise(context).map((x, d) => (x - here[d]!) ** 2));
    return { loss, weight: 1 / (NEARNESS + distance) };
  });
  near.sort((a, b) => b.weight - a.weight || a.loss - b.loss);
  let total = PRIOR * prior;
  let weights = PRIOR;
  for (const { loss, weight } of near.slice(0, NEIGHBOURS)) {
    total += weight * loss;
    weights += weight;
  }
  return total / weights;
};
