import { ProtocolError } from '../errors';
import { quantile } from '../numeric';
import { checkParams, SORTITION_PARAMETERS, type SortitionParams } from '../params';
import { UNKNOWN_EMA } from '../reference-profile';
import type { MaybeNumber, Row } from '../regret/regret-table';
import { requireAscending, requireLength } from '../shape';
import { emaScore } from './ema';

export interface SortitionCandidates {
  /** Ids, ascending. */
  readonly participants: readonly string[];
  /** EMA score of each; null = never seen, which counts as 0. */
  readonly previousEma: Row;
  /** Most participants that may be active. */
  readonly limit: number;
}

/** Place of each participant by EMA score, largest first, from 1; ties go to the lower id (section 8). */
export function meritRanks(candidates: Omit<SortitionCandidates, 'limit'>): number[] {
  const { participants, previousEma } = candidates;
  requireAscending('participants', participants);
  requireLength('previousEma', previousEma.length, participants.length);
  const emaOf = (a: number): number => previousEma[a] ?? UNKNOWN_EMA;
  const ranks = new Array<number>(participants.length);
  participants
    .map((_, a) => a)
    .sort((a, b) => (emaOf(a) === emaOf(b) ? a - b : emaOf(a) < emaOf(b) ? 1 : -1))
    .forEach((a, place) => {
      ranks[a] = place + 1;
    });
  return ranks;
}

/** Ids (ascending) of the `limit` participants of largest EMA score. */
export function selectActive({ limit, ...candidates }: SortitionCandidates): string[] {
  if (!(Number.isInteger(limit) && limit >= 0)) {
    throw new ProtocolError('INVALID_INPUT', `limit is ${limit}; give a whole number of participants`);
  }
  const ranks = meritRanks(candidates);
  return candidates.participants.filter((_, a) => ranks[a]! <= limit);
}

/**
 * EMA score of a participant left out of an epoch, pulled toward a quantile of the active ones' scores (section 8).
 * The chain gives the quantile stored at the last scoring; the simulator that of the same epoch.
 */
export function passiveEma(options: {
  readonly meritSortitionAlpha: number;
  readonly quantileScore: number;
  readonly previousEma: MaybeNumber;
}): number {
  return emaScore(options.meritSortitionAlpha, options.quantileScore, options.previousEma);
}

/** EMA scores of all who were left out (section 8); they approach 0 where no scoring has stored a quantile yet. */
export const passiveEmas = (
  participants: readonly string[],
  previousEma: ReadonlyMap<string, number>,
  rules: { readonly meritSortitionAlpha: number; readonly storedQuantile: MaybeNumber },
): { readonly participant: string; readonly emaScore: number }[] =>
  participants.map((participant) => ({
    participant,
    emaScore: passiveEma({
      meritSortitionAlpha: rules.meritSortitionAlpha,
      quantileScore: rules.storedQuantile ?? 0,
      previousEma: previousEma.get(participant) ?? null,
    }),
  }));

export interface SortitionInput extends SortitionCandidates {
  /** Scores of this epoch; only those of active participants count. */
  readonly scores: readonly number[];
}

export interface Sortition {
  readonly active: readonly string[];
  /** Quantile of the active ones' scores, for storage. */
  readonly quantile: number;
  readonly ema: readonly number[];
}

/** A whole epoch of section 8 by the simulator's convention: passive ones approach this epoch's own quantile. */
export function sortition(input: SortitionInput, params: SortitionParams): Sortition {
  checkParams(params, SORTITION_PARAMETERS);
  requireLength('scores', input.scores.length, input.participants.length);
  const { meritSortitionAlpha } = params;
  const active = selectActive(input);
  const chosen = new Set(active);
  const isActive = input.participants.map((id) => chosen.has(id));
  const quantileScore = quantile(
    input.scores.filter((_, a) => isActive[a]),
    params.quantile,
  );
  const ema = input.scores.map((score, a) => {
    const previousEma = input.previousEma[a]!;
    return isActive[a]
      ? emaScore(meritSortitionAlpha, score, previousEma)
      : passiveEma({ meritSortitionAlpha, quantileScore, previousEma });
  });
  return { active, quantile: quantileScore, ema };
}
