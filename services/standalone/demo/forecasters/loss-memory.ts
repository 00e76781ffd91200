import { last, mean } from '../statistics';
import type { ForecastLoss } from './context';

const SHARE = 0.04;

/** Expects what an inferer lost lately: an exponential mean of its losses, whatever the context. */
export const lossMemory: ForecastLoss = (samples) => {
  const losses = samples.map(({ loss }) => loss);
  const start = mean(losses.slice(0, 10));
  return losses.reduce((memory, loss) => memory + SHARE * (loss - memory), start);
};

/** The same for every past epoch as it could be known then: entry n is made of the samples before n. */
export function memories(losses: readonly number[]): number[] {
  const out = [losses[0] ?? 0];
  for (const loss of losses) out.push(last(out) + SHARE * (loss - last(out)));
  return out;
}
