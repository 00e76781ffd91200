import { compareIds } from '@allora/protocol/shape';
import { UNKNOWN_EMA } from '@allora/protocol/reference-profile';

export interface Submitted<T> {
  readonly id: string;
  readonly submission: T;
}

/** EMA score by worker; a worker that is not named has none yet. */
export type EmaScores = ReadonlyMap<string, number>;

export interface ActiveSet<T> {
  /** Ascending ids. */
  readonly active: readonly Submitted<T>[];
  /** Ascending ids; `rank` counts from 1 over everyone who submitted. */
  readonly passive: readonly { readonly id: string; readonly emaScore: number; readonly rank: number }[];
}

/** Merit sortition (section 8): of those who submitted, the `limit` highest EMA scores; ties go to the lower id. */
export function selectActiveSet<T>(submitted: readonly Submitted<T>[], scores: EmaScores, limit: number): ActiveSet<T> {
  const ranked = rankByMerit(firstOfEach(submitted), scores);
  const active = ranked.slice(0, limit).sort((a, b) => compareIds(a.id, b.id));
  const passive = ranked
    .slice(limit)
    .map(({ id }, i) => ({ id, emaScore: emaScore(scores, id), rank: limit + i + 1 }))
    .sort((a, b) => compareIds(a.id, b.id));
  return { active, passive };
}

export interface ForecastElement {
  readonly inferer: string;
  readonly loss: number;
}

/**
 * What is kept of a forecast: elements on inferers that are active, the first of each, at most `limit` of those with the highest EMA
 * scores; ascending ids.
 */
export function acceptElements(
  elements: readonly ForecastElement[],
  activeInferers: ReadonlySet<string>,
  scores: EmaScores,
  limit: number,
): ForecastElement[] {
  const known = elements
    .filter(({ inferer, loss }) => activeInferers.has(inferer) && Number.isFinite(loss))
    .map((element) => ({ id: element.inferer, submission: element }));
  return rankByMerit(firstOfEach(known), scores)
    .slice(0, limit)
    .sort((a, b) => compareIds(a.id, b.id))
    .map(({ submission }) => submission);
}

function rankByMerit<T>(submitted: readonly Submitted<T>[], scores: EmaScores): Submitted<T>[] {
  return [...submitted].sort((a, b) => emaScore(scores, b.id) - emaScore(scores, a.id) || compareIds(a.id, b.id));
}

function emaScore(scores: EmaScores, id: string): number {
  return scores.get(id) ?? UNKNOWN_EMA;
}

function firstOfEach<T>(submitted: readonly Submitted<T>[]): Submitted<T>[] {
  const seen = new Map<string, Submitted<T>>();
  for (const one of submitted) if (!seen.has(one.id)) seen.set(one.id, one);
  return [...seen.values()];
}
