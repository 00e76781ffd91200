import type { NetworkInference } from '@allora/sdk/types';
import { logLoss } from '../loss';
import type { Context, Sample } from './context';

/** Two trading years: enough for a regression, and old markets are forgotten. */
const SAMPLES_MAX = 500;

/** A forecaster's own record of what each inferer lost, filled from what the network publishes and the true price. */
export interface LossBook {
  record(inference: NetworkInference, context: Context, truth: number): void;
  /** Inferers with at least one sample, in ascending order. */
  inferers(): string[];
  samples(inferer: string): readonly Sample[];
}

export function openLossBook(): LossBook {
  const book = new Map<string, Sample[]>();
  return {
    record: (inference, context, truth) => {
      for (const { inferer, value } of inference.inferers) {
        const samples = book.get(inferer) ?? [];
        samples.push({ context, loss: logLoss(truth, Number(value)) });
        if (samples.length > SAMPLES_MAX) samples.shift();
        book.set(inferer, samples);
      }
    },
    inferers: () => [...book.keys()].sort(),
    samples: (inferer) => book.get(inferer) ?? [],
  };
}
