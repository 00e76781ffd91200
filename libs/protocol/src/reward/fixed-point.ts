/**
 * The chain's 18-decimal fixed point (section 11): a `Decimal18` is the number times 10^18 in a bigint. Products and
 * quotients of values >= 0 round half to even.
 */
export type Decimal18 = bigint;

export const ONE: Decimal18 = 10n ** 18n;

/** numerator / denominator, both >= 0, rounded to the nearest whole number, ties to even. */
function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  const up = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return up ? quotient + 1n : quotient;
}

export function multiply(a: Decimal18, b: Decimal18): Decimal18 {
  return divideHalfEven(a * b, ONE);
}

/** a / b as a decimal; a and b share any one scale. */
export function divide(a: bigint, b: bigint): Decimal18 {
  return divideHalfEven(a * ONE, b);
}

/** A whole amount times a decimal, truncated to whole units. */
export function multiplyAmount(amount: bigint, factor: Decimal18): bigint {
  return (amount * factor) / ONE;
}
