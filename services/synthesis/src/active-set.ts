import { UNKNOWN_EMA } from '@allora/protocol/reference-profile';
import { selectActive } from '@allora/protocol/score/sortition';
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
  const chosen = chooseByMerit(all, scores, limit);
  const passive = all
    .filter(({ id }) => !chosen.has(id))
    .map(({ id }) => ({ id, emaScore: scores.get(id) ?? UNKNOWN_EMA }));
  const ranks = new Map(
    [...passive].sort((a, b) => b.emaScore - a.emaScore).map(({ id }, i) => [id, chosen.size + i + 1]),
  );
  return {
    active: all.filter(({ id }) => chosen.has(id)),
    passive: passive.map((worker) => ({ ...worker, rank: ranks.get(worker.id)! })),
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
  const chosen = chooseByMerit(known, scores, limit);
  return known.filter(({ id }) => chosen.has(id)).map(({ submission }) => submission);
}

function chooseByMerit(
  ascending: readonly Submitted<unknown>[],
  scores: EmaScores,
  limit: number,
): ReadonlySet<string> {
  const participants = ascending.map(({ id }) => id);
  const previousEma = participants.map((id) => scores.get(id) ?? null);
  return new Set(selectActive({ participants, previousEma, limit }));
}

function inIdOrder<T>(submitted: readonly Submitted<T>[]): Submitted<T>[] {
  const first = new Map<string, Submitted<T>>();
  for (const one of submitted) if (!first.has(one.id)) first.set(one.id, one);
  return [...first.values()].sort((a, b) => compareIds(a.id, b.id));
}
