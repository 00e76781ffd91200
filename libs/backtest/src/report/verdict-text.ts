import { lossNamed } from '@allora/protocol/loss/loss-functions';
import { parseLossMethod, scaleOf } from '@allora/protocol/loss/topic-loss';
import type { BacktestReport } from './report';
import type { Estimate } from './statistics';

const MAX_PLACES = 12;

/** A mean with half of its interval, as many places as that half has two digits in: `0.031 ± 0.008`. */
export function estimateText({ mean, low, high }: Estimate): string {
  const half = (high - low) / 2;
  const places =
    half > 0 ? Math.min(MAX_PLACES, Math.max(0, 1 - Math.floor(Math.log10(half)))) : MAX_PLACES / 2;
  return `${mean.toFixed(places)} ± ${half.toFixed(places)}`;
}

/** What a model does for a topic, in words. */
export function verdictText({
  verdict,
  contribution,
}: Pick<BacktestReport, 'verdict' | 'contribution'>): string {
  if (contribution === null) return 'undecided: too few epochs were scored with its answer';
  const estimate = estimateText(contribution);
  if (verdict === 'adds') return `adds ${estimate}`;
  return verdict === 'adds_nothing' ? `adds nothing: ${estimate}` : `undecided: ${estimate}`;
}

/** The unit of losses and contributions: `log10 of mse`, or `poisson` where it is reported as it is. */
export function scaleText(lossMethod: string): string {
  const { name } = parseLossMethod(lossMethod);
  const known = lossNamed(name);
  if (!known) return name;
  return scaleOf(known) === 'log10' ? `log10 of ${name}` : name;
}
