/** Plain decimal text of at most `places` places: no exponent, no negative zero, no idle zeros. */
export function decimalText(value: number, places: number): string {
  const fixed = value.toFixed(places);
  const short = fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
  return short === '-0' ? '0' : short;
}

const UALLO_PER_ALLO = 10n ** 18n;

/** Whole base units as ALLO with six decimal places, truncated. */
export function alloText(uallo: bigint): string {
  const micro = (uallo * 1_000_000n) / UALLO_PER_ALLO;
  return `${micro / 1_000_000n}.${String(micro % 1_000_000n).padStart(6, '0')}`;
}

export const allo = (whole: bigint): bigint => whole * UALLO_PER_ALLO;
