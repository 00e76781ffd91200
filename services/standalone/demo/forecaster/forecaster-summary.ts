import type { TargetName } from '@allora/forecaster/target';
import { mean } from '../statistics';
import type { SeedReport } from './experiment';
import { intervalOf, type Interval } from './interval';

export interface ForecasterSummary {
  readonly target: TargetName;
  readonly seeds: readonly string[];
  readonly epochs: number;
  /** Our error less that of each inferer's past mean loss; below 0 ours is smaller. */
  readonly absoluteErrorDifference: Interval;
  readonly squaredErrorDifference: Interval;
  /** Part of the past mean's squared error that ours does without. */
  readonly squaredErrorSaved: number;
  /** The network's log10 loss with our forecaster less without; below 0 it is better with it. */
  readonly networkLossDifference: Interval;
  readonly networkLossWithout: number;
  readonly networkLossWith: number;
  /** Of the difference, over the epochs of a seed: the seeds share days, so this is the doubt that more seeds do not remove. */
  readonly networkStandardErrorOfDays: number;
  /** What was to be shown and is not; empty if all is. */
  readonly violations: readonly string[];
}

export function summariseSeeds(reports: readonly SeedReport[], target: TargetName): ForecasterSummary {
  const intervals = {
    absoluteErrorDifference: intervalOf(reports.map(({ absoluteError }) => absoluteError.difference)),
    squaredErrorDifference: intervalOf(reports.map(({ squaredError }) => squaredError.difference)),
    networkLossDifference: intervalOf(reports.map(({ network }) => network.difference)),
  };
  const meanOf = (figure: (report: SeedReport) => number): number => mean(reports.map(figure));
  return {
    target,
    seeds: reports.map(({ seed }) => seed),
    epochs: reports[0]!.epochs,
    ...intervals,
    squaredErrorSaved:
      -intervals.squaredErrorDifference.mean / meanOf(({ squaredError }) => squaredError.pastMean),
    networkLossWithout: meanOf(({ network }) => network.without),
    networkLossWith: meanOf(({ network }) => network.with),
    networkStandardErrorOfDays: meanOf(({ network }) => network.standardError),
    violations: violationsOf(intervals),
  };
}

const claims = {
  absoluteErrorDifference: 'the absolute error of the forecasts is not below that of the past mean loss',
  squaredErrorDifference: 'the squared error of the forecasts is not below that of the past mean loss',
  networkLossDifference: 'the network with the forecaster does not lose less than without',
} as const;

const violationsOf = (intervals: Readonly<Record<keyof typeof claims, Interval>>): string[] =>
  (Object.keys(claims) as (keyof typeof claims)[]).flatMap((name) => {
    const { low, high } = intervals[name];
    return high < 0 ? [] : [`${claims[name]}: 95 % interval ${low.toFixed(5)} to ${high.toFixed(5)}`];
  });
