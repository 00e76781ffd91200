import { decimalLogarithm, maxAbs, power } from '../numeric';

/** A value of an epoch and what a reputer said it lost, log10 of the squared error. */
export interface ValueLoss {
  readonly value: number;
  readonly loss: number;
}

/** The ground truth that a reputer's losses imply, in the unit of the inferences. */
export interface RecoveredTruth {
  readonly truth: number;
  /** Most by which the distance of a value from the truth differs from the one that its loss tells. */
  readonly spread: number;
  /** Errors below this have the loss of this error: what the reputer's smallest loss shows, 0 if nothing shows one. */
  readonly errorFloor: number;
}

export type TruthVerdict =
  | ({ readonly kind: 'recovered' } & RecoveredTruth)
  /** No truth explains all losses, or more than one does. */
  | { readonly kind: 'no_agreement' | 'ambiguous' };

/** Most by which a recomputed log10 loss may differ from the reported one: four decimal places are enough. */
const LOSS_TOLERANCE = 1e-4;
/** Truths nearer to each other than this part of the largest error are the same one. */
const SAME_TRUTH = 1e-2;
/** The smallest errors tell the truth most exactly, so that only some of them are tried. */
const TRIED_VALUES = 8;

interface Distant extends ValueLoss {
  /** |truth - value| as the loss tells it. */
  readonly distance: number;
}

/**
 * The truth t with loss = 2 log10 |t - value| for every pair. Each loss leaves two places for it, on either side of its
 * value; the right one is where all of them meet.
 */
export function recoverTruth(pairs: readonly ValueLoss[]): TruthVerdict {
  const told = pairs
    .map((pair): Distant => ({ ...pair, distance: power(10, pair.loss / 2) }))
    .sort((a, b) => a.distance - b.distance);
  const exact = meetingPoint(told, []);
  if (exact.kind !== 'no_agreement') return exact;
  // A reputer may cut small errors at a floor, which its smallest loss then is.
  const floored = told.filter(({ loss }) => loss === told[0]!.loss);
  return meetingPoint(told.slice(floored.length), floored);
}

function meetingPoint(told: readonly Distant[], floored: readonly Distant[]): TruthVerdict {
  const fits = told
    .slice(0, TRIED_VALUES)
    .flatMap(({ value, distance }) => [value - distance, value + distance])
    .filter((t) => floored.every(({ value, distance }) => Math.abs(t - value) <= distance))
    .map((truth) => ({ truth, miss: maxAbs(told.map((pair) => lossOfTruth(truth, pair.value) - pair.loss)) }))
    .filter(({ miss }) => miss <= LOSS_TOLERANCE)
    .sort((a, b) => a.miss - b.miss);
  const [best] = fits;
  if (!best) return { kind: 'no_agreement' };
  const { truth } = best;
  const largest = told.at(-1)!.distance;
  if (fits.some((fit) => Math.abs(fit.truth - truth) > SAME_TRUTH * largest)) return { kind: 'ambiguous' };
  return {
    kind: 'recovered',
    truth,
    spread: maxAbs(told.map(({ value, distance }) => Math.abs(truth - value) - distance)),
    errorFloor: floored[0]?.distance ?? 0,
  };
}

/** The log10 loss of a value against a truth; errors below what doubles of their size can tell count as that. */
export function lossOfTruth(truth: number, value: number, errorFloor = 0): number {
  const resolution = Number.EPSILON * Math.max(Math.abs(truth), Math.abs(value));
  return 2 * decimalLogarithm(Math.max(Math.abs(truth - value), errorFloor, resolution, Number.MIN_VALUE));
}
