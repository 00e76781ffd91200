import { ema } from '../numeric';
import type { MaybeNumber, Row } from '../regret/regret-table';

/** Section 8: a participant's EMA score after a new score; null = no earlier EMA. */
export function emaScore(alpha: number, score: number, previous: MaybeNumber): number {
  return ema(alpha, score, previous);
}

/** EMA scores of a role; a participant without a new score keeps what it had. */
export function emaScores(alpha: number, scores: Row, previous: Row): MaybeNumber[] {
  return scores.map((score, a) => (score === null ? previous[a]! : emaScore(alpha, score, previous[a]!)));
}
