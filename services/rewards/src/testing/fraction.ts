/** An exact number; the denominator is above zero. */
export interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

export const NOTHING: Fraction = { over: 0n, under: 1n };

export function plus(a: Fraction, b: Fraction): Fraction {
  if (b.over === 0n) return a;
  if (a.under === b.under) return { over: a.over + b.over, under: a.under };
  return { over: a.over * b.under + b.over * a.under, under: a.under * b.under };
}

/** The greatest whole number that is not above it; of numbers not below zero. */
export const floorOf = ({ over, under }: Fraction): bigint => over / under;
