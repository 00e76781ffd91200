import type { BacktestReport } from './report';

export interface Thresholds {
  /** What the whole interval of the contribution must be above, on the topic's scale. */
  readonly contributionAbove: number;
  /** The candidate's place by mean loss must be within this part of all inferers. */
  readonly rankWithin: number;
  /** Part of the windows that must have an answer in time. */
  readonly answeredAtLeast: number;
  /** Scored epochs below which nothing is known. */
  readonly epochsAtLeast: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = {
  contributionAbove: 0,
  rankWithin: 0.5,
  answeredAtLeast: 0.95,
  epochsAtLeast: 10,
};

export interface Check {
  readonly name: 'contribution' | 'loss' | 'answers' | 'epochs' | 'look_ahead';
  readonly passed: boolean;
  readonly found: string;
  readonly wanted: string;
}

export interface Grade {
  readonly passed: boolean;
  readonly checks: readonly Check[];
}

const shown = (x: number): string => x.toFixed(4);

/** Pass or fail of a backtest; every threshold must be met. */
export function grade(report: BacktestReport, thresholds: Thresholds = DEFAULT_THRESHOLDS): Grade {
  const { contribution, rank, rivals, answeredPart, lookAhead } = report;
  const { contributionAbove, rankWithin, answeredAtLeast, epochsAtLeast } = thresholds;
  const scored = contribution?.count ?? 0;
  const places = rivals.length + 1;
  const checks: Check[] = [
    {
      name: 'contribution',
      passed: contribution !== null && contribution.low > contributionAbove,
      found: contribution ? `${shown(contribution.low)} to ${shown(contribution.high)}` : 'unknown',
      wanted: `all of it above ${contributionAbove}`,
    },
    {
      name: 'loss',
      passed: rank !== null && rank <= Math.max(1, Math.floor(rankWithin * places)),
      found: rank === null ? 'unknown' : `place ${rank} of ${places}`,
      wanted: `within the best ${Math.round(100 * rankWithin)} %`,
    },
    {
      name: 'answers',
      passed: answeredPart !== null && answeredPart >= answeredAtLeast,
      found: answeredPart === null ? 'none asked for' : `${(100 * answeredPart).toFixed(1)} % in time`,
      wanted: `at least ${(100 * answeredAtLeast).toFixed(1)} %`,
    },
    {
      name: 'epochs',
      passed: scored >= epochsAtLeast,
      found: `${scored} scored`,
      wanted: `at least ${epochsAtLeast}`,
    },
    {
      name: 'look_ahead',
      passed: !lookAhead.suspected,
      found: `${lookAhead.hits} of ${lookAhead.scored} answers are the truth itself`,
      wanted: 'no sign of it',
    },
  ];
  return { passed: checks.every(({ passed }) => passed), checks };
}
