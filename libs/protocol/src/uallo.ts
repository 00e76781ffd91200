import { ProtocolError } from './errors';

/** Money is whole uallo in a bigint. 1 ALLO = 10^18 uallo. */
export const UALLO_DECIMALS = 18;
export const UALLO_PER_ALLO = 10n ** 18n;

const DECIMAL = /^(-?)(\d{1,60})(?:\.(\d{1,60}))?$/;

function refuse(text: string): never {
  throw new ProtocolError(
    'INVALID_AMOUNT',
    `"${text.slice(0, 80)}" is no amount; write ALLO as a decimal with at most 18 places, such as 1.25`,
  );
}

/** Exact uallo of a decimal amount of ALLO; more than 18 places, exponents and signs other than - are refused. */
export function parseAllo(text: string): bigint {
  const match = DECIMAL.exec(text);
  if (!match) return refuse(text);
  const [, sign, whole, places = ''] = match;
  if (places.length > UALLO_DECIMALS) return refuse(text);
  const amount = BigInt(whole!) * UALLO_PER_ALLO + BigInt(places.padEnd(UALLO_DECIMALS, '0'));
  return sign === '-' ? -amount : amount;
}

/** The shortest decimal amount of ALLO that `parseAllo` reads back. */
export function formatAllo(uallo: bigint): string {
  const size = uallo < 0n ? -uallo : uallo;
  const places = (size % UALLO_PER_ALLO).toString().padStart(UALLO_DECIMALS, '0').replace(/0+$/, '');
  const whole = (size / UALLO_PER_ALLO).toString();
  return `${uallo < 0n ? '-' : ''}${whole}${places ? `.${places}` : ''}`;
}

function requireFinite(x: number): void {
  if (!Number.isFinite(x)) throw new ProtocolError('NOT_FINITE', `${x} is no amount; pass a finite number`);
}

/** The whole part of a double, exactly. */
export function truncateToBigint(x: number): bigint {
  requireFinite(x);
  return BigInt(Math.trunc(x));
}

/** floor-toward-zero of (the exact binary value of x) times `factor`. */
export function scaleDouble(x: number, factor: bigint): bigint {
  requireFinite(x);
  let mantissa = x;
  let shift = 0n;
  // A finite double is a whole number of 2^-1074; doubling is exact until it is whole.
  while (!Number.isInteger(mantissa)) {
    const step = Math.abs(mantissa) < 1 ? 52 : 1;
    mantissa *= 2 ** step;
    shift += BigInt(step);
  }
  const product = BigInt(mantissa) * factor;
  return product < 0n ? -(-product >> shift) : product >> shift;
}

/** Uallo of a double of ALLO: its exact binary value, truncated. */
export function alloToUallo(allo: number): bigint {
  return scaleDouble(allo, UALLO_PER_ALLO);
}

/** The double nearest to an amount in ALLO, for the mathematics only. */
export function ualloToAllo(uallo: bigint): number {
  return Number(formatAllo(uallo));
}

/** The decimal a double prints as (the shortest that reads back), without an exponent. */
export function plainDecimal(x: number): string {
  requireFinite(x);
  const [mantissa, exponent] = String(x).split('e');
  if (exponent === undefined) return mantissa!;
  const sign = mantissa!.startsWith('-') ? '-' : '';
  const [whole, places = ''] = mantissa!.replace('-', '').split('.');
  const digits = whole! + places;
  const point = whole!.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, '0');
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The printed decimal of a double times 10^18, truncated: how outside text enters the fixed-point arithmetic. */
export function decimalToUallo(x: number): bigint {
  const [whole, places = ''] = plainDecimal(x).split('.');
  const amount = BigInt(
    whole!.replace('-', '') + places.slice(0, UALLO_DECIMALS).padEnd(UALLO_DECIMALS, '0'),
  );
  return x < 0 ? -amount : amount;
}

/**
 * Splits an amount in proportion to `weights` (>= 0), each part rounded down. What rounding leaves, or all of it when
 * every weight is 0, comes back as the remainder.
 */
export function splitUallo(
  amountUallo: bigint,
  weights: readonly bigint[],
): { readonly partsUallo: readonly bigint[]; readonly remainderUallo: bigint } {
  if (amountUallo < 0n || weights.some((weight) => weight < 0n)) {
    throw new ProtocolError('INVALID_AMOUNT', 'amount and weights of a split must not be negative');
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  const partsUallo = weights.map((weight) => (total === 0n ? 0n : (amountUallo * weight) / total));
  return { partsUallo, remainderUallo: partsUallo.reduce((rest, part) => rest - part, amountUallo) };
}
