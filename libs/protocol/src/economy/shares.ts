import { INDEX_SCALE } from './book';

/** What one uallo of stake has earned so far, times INDEX_SCALE, and the rest of the last division. */
export interface ShareIndex {
  readonly index: bigint;
  readonly carry: bigint;
}

/** Shares an amount out over all stake at once; what does not divide is carried into the next, so nothing is lost. */
export function shareOut({ index, carry }: ShareIndex, amountUallo: bigint, sharesUallo: bigint): ShareIndex {
  if (sharesUallo <= 0n) throw new Error(`${amountUallo} uallo to share among ${sharesUallo} uallo of stake`);
  const scaled = amountUallo * INDEX_SCALE + carry;
  return { index: index + scaled / sharesUallo, carry: scaled % sharesUallo };
}

/** Earned while the index rose, rounded down: all holders together never earn more than was shared out. */
export const earnedUallo = (sharesUallo: bigint, fromIndex: bigint, toIndex: bigint): bigint =>
  (sharesUallo * (toIndex - fromIndex)) / INDEX_SCALE;
