import { exponential, power, saturate, scaleTo1, maxAbs, shares, softplus, std } from '../numeric';
import type { MaybeNumber, Row } from '../regret/regret-table';

/** Where e^z is all that doubles can tell of ln(1 + e^z). */
const EXPONENTIAL_TAIL = -37;

/**
 * The last scores of a role, newest block first: of each stored block only the last `maxSamples` entries are kept, and
 * `maxSamples` are taken in total (section 9, window).
 */
export function scoreWindow(history: readonly (readonly number[])[], maxSamples: number): number[] {
  return history.flatMap((block) => block.slice(-maxSamples)).slice(0, maxSamples);
}

/**
 * Reward fractions of inferers or forecasters (section 9): potentials of the scores over the spread of the window, as
 * shares of their sum; equal shares while the window hardly spreads. Participants without a score get null.
 */
export function workerFractions(
  scores: Row,
  window: readonly number[],
  params: { readonly p: number; readonly c: number; readonly epsilon: number },
): MaybeNumber[] {
  const known = scores.filter((score) => score !== null);
  const spread = std(window);
  if (spread < params.epsilon)
    return fillKnown(
      scores,
      known.map(() => 1 / known.length),
    );
  const scale = saturate(spread + params.epsilon);
  const exponents = known.map((score) => saturate(params.p * (saturate(score / scale) - params.c)));
  return fillKnown(scores, potentialShares(exponents));
}

/** Potentials of a role; beside the largest of them where doubles cannot hold them by themselves. */
export interface Potentials {
  readonly potentials: readonly number[];
  /** The exponent of the largest potential, which all are divided by then; null: they are as they are. */
  readonly largestExponent: number | null;
}

/** softplus(z) of each exponent (section 1). */
export function potentialsOf(exponents: readonly number[]): Potentials {
  const highest = exponents.reduce((a, b) => Math.max(a, b), -Infinity);
  if (exponents.length === 0 || highest > EXPONENTIAL_TAIL) {
    return { potentials: exponents.map(softplus), largestExponent: null };
  }
  return { potentials: exponents.map((z) => exponential(saturate(z - highest))), largestExponent: highest };
}

/** Shares of softplus(z), also where every one of them is too small or too large for a double. */
export function potentialShares(exponents: readonly number[]): ArrayLike<number> {
  return exponents.length === 0 ? exponents : shares(potentialsOf(exponents).potentials);
}

/** Reward fractions of reputers, (S T)^p as shares of their sum (section 9); all 0 if every product is 0. */
export function reputerFractions(scores: Row, stakes: readonly number[], exponent: number): MaybeNumber[] {
  const known = scores.flatMap((score, m) => (score === null ? [] : [{ score, stake: stakes[m]! }]));
  const scoreScale = scaleTo1(maxAbs(known.map((reputer) => reputer.score)) || 1);
  const stakeScale = scaleTo1(maxAbs(known.map((reputer) => reputer.stake)) || 1);
  const products = known.map(({ score, stake }) => score * scoreScale * (stake * stakeScale));
  const most = maxAbs(products);
  if (most === 0) return fillKnown(scores, products);
  return fillKnown(scores, shares(products.map((product) => power(product / most, exponent))));
}

/** Puts the values of the participants with a score back in their places. */
function fillKnown(scores: Row, values: ArrayLike<number>): MaybeNumber[] {
  let next = 0;
  return scores.map((score) => (score === null ? null : values[next++]!));
}
