import { UNKNOWN_EMA } from '@allora/protocol/reference-profile';
import { meritRanks } from '@allora/protocol/score/sortition';
import { compareIds } from '@allora/protocol/shape';

export interface Submitted<T> {
  readonly id: string;
  readonly submission: T;
}

/** EMA score by worker; a worker that is not named has none yet. */
export type EmaScores = ReadonlyMap<string, number>;

export interface ActiveSet<T> {
  /** Ascending ids. */
  readonly active: readonly Submitted<T>[];
  /** Ascending ids; `rank` counts from 1 over everyone who submitted, the active ones first. */
  readonly passive: readonly { readonly id: string; readonly emaScore: number; readonly rank: number }[];
}

/** Merit sortition (section 8) among those who submitted; of a worker that is named twice the first counts. */
export function selectActiveSet<T>(
  submitted: readonly Submitted<T>[],
  scores: EmaScores,
  limit: number,
): ActiveSet<T> {
  const all = inIdOrder(submitted);
  const ranks = ranksByMerit(all, scores);
  return {
    active: all.filter((_, a) => ranks[a]! <= limit),
    passive: all.flatMap(({ id }, a) =>
      ranks[a]! <= limit ? [] : [{ id, emaScore: scores.get(id) ?? UNKNOWN_EMA, rank: ranks[a]! }],
    ),
  };
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
  const known = inIdOrder(
    elements
      .filter(({ inferer, loss }) => activeInferers.has(inferer) && Number.isFinite(loss))
      .map((element) => ({ id: element.inferer, submission: element })),
  );
  const ranks = ranksByMerit(known, scores);
  return known.filter((_, a) => ranks[a]! <= limit).map(({ submission }) => submission);
}

function ranksByMerit(ascending: readonly Submitted<unknown>[], scores: EmaScores): number[] {
  const participants = ascending.map(({ id }) => id);
  return meritRanks({ participants, previousEma: participants.map((id) => scores.get(id) ?? null) });
}

function inIdOrder<T>(submitted: readonly Submitted<T>[]): Submitted<T>[] {
  const first = new Map<string, Submitted<T>>();
  for (const one of submitted) if (!first.has(one.id)) first.set(one.id, one);
  return [...first.values()].sort((a, b) => compareIds(a.id, b.id));
}
