/** Name of the topic's loss in its creation: log10 of the squared error. */
export const LOSS_METHOD = 'mse';

/**
 * A floor under the squared error: the index is quoted in cents, so an error below one cent is no error, and its loss is
 * -4 and not minus infinity.
 */
const ERROR_FLOOR = 0.01;

/** log10 of the squared error in index points, at least -4. */
export function logLoss(truth: number, value: number): number {
  return 2 * Math.log10(Math.max(Math.abs(truth - value), ERROR_FLOOR));
}
