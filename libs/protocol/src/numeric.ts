import { ProtocolError } from './errors';

/*
 * The only exp, log, pow and sums of the library (section 1 of the protocol formulas). Sums run in index order, so
 * the same input gives the same bits on every machine. Finite input never gives NaN: a result beyond the range of
 * doubles saturates at the largest finite double of its sign, and squares are taken of values scaled by a power of
 * two (which is exact) whenever plain squares would leave the range.
 */

type Numbers = ArrayLike<number>;

/** Brings an infinity back to the largest finite double of its sign. */
export function saturate(x: number): number {
  if (x > Number.MAX_VALUE) return Number.MAX_VALUE;
  return x < -Number.MAX_VALUE ? -Number.MAX_VALUE : x;
}

/** ln(1 + e^z) without overflow. */
export function softplus(z: number): number {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}

/** 1 / (1 + e^-z) without overflow. */
export function logistic(z: number): number {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const e = Math.exp(z);
  return e / (1 + e);
}

/** Slope of the potential, p / (1 + e^(p(c - x))) (section 1). */
export function potentialSlope(x: number, p: number, c: number): number {
  return p * logistic(p * (x - c));
}

export function exponential(x: number): number {
  return Math.exp(x);
}

/** log10 of x > 0. */
export function decimalLogarithm(x: number): number {
  return Math.log10(x);
}

/** ln of x > 0. */
export function naturalLogarithm(x: number): number {
  return Math.log(x);
}

/** x ln x with its limit 0 at 0. */
export function xLogX(x: number): number {
  return x === 0 ? 0 : x * Math.log(x);
}

/** x^y of x >= 0, saturating. */
export function power(x: number, y: number): number {
  return saturate(x ** y);
}

/** Sum in index order; saturates. */
export function sum(xs: Numbers, count = xs.length): number {
  let total = 0;
  for (let i = 0; i < count; i += 1) total += xs[i]!;
  return total - total === 0 ? total : scaledSum(xs, count);
}

function scaledSum(xs: Numbers, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i += 1) total += xs[i]! * 2 ** -40;
  return saturate(total * 2 ** 40);
}

export function maxAbs(xs: Numbers, count = xs.length): number {
  let most = 0;
  for (let i = 0; i < count; i += 1) {
    const size = Math.abs(xs[i]!);
    if (size > most) most = size;
  }
  return most;
}

/** The power of two that brings `size` (> 0) to [1, 2), held within 2^-1023 .. 2^1000. */
export function scaleTo1(size: number): number {
  let scale = 1;
  while (size * scale >= 2 ** 33) scale *= 2 ** -32;
  while (size * scale >= 2) scale *= 0.5;
  while (size * scale < 2 ** -32 && scale < 2 ** 968) scale *= 2 ** 32;
  while (size * scale < 1 && scale < 2 ** 1000) scale *= 2;
  return scale;
}

/** Plain mean; 0 of nothing. Never leaves the range of its values. */
export function mean(xs: Numbers, count = xs.length): number {
  if (count === 0) return 0;
  let total = 0;
  for (let i = 0; i < count; i += 1) total += xs[i]!;
  if (total - total === 0) return total / count;
  let scaled = 0;
  for (let i = 0; i < count; i += 1) scaled += xs[i]! / count;
  return saturate(scaled);
}

/** Below this a sum of squares has lost digits to underflow. */
const SQUARE_MIN = 1e-280;

/** Sample standard deviation with n - 1 (Bessel); 0 for fewer than two values. */
export function std(xs: Numbers, count = xs.length): number {
  if (count < 2) return 0;
  const variance = scaledVariance(xs, count, 1);
  if (variance > SQUARE_MIN && variance < Infinity) return Math.sqrt(variance);
  const size = maxAbs(xs, count);
  if (size === 0) return 0;
  const scale = scaleTo1(size);
  return saturate(Math.sqrt(scaledVariance(xs, count, scale)) / scale);
}

function scaledVariance(xs: Numbers, count: number, scale: number): number {
  let total = 0;
  for (let i = 0; i < count; i += 1) total += xs[i]! * scale;
  const centre = total / count;
  let squares = 0;
  for (let i = 0; i < count; i += 1) {
    const distance = xs[i]! * scale - centre;
    squares += distance * distance;
  }
  return squares / (count - 1);
}

function ascending(xs: Numbers): Float64Array {
  return Float64Array.from(xs).sort();
}

/** Mean of the two middle values, or the middle one; 0 of nothing. */
export function median(xs: Numbers): number {
  if (xs.length === 0) return 0;
  const sorted = ascending(xs);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half]!;
  const pair = sorted[half - 1]! + sorted[half]!;
  return pair - pair === 0 ? pair / 2 : sorted[half - 1]! / 2 + sorted[half]! / 2;
}

/** Linear-interpolation quantile, q in [0, 1]; 0 of nothing (section 1). */
export function quantile(xs: Numbers, q: number): number {
  if (!(q >= 0 && q <= 1)) {
    throw new ProtocolError('INVALID_PARAMETER', `a quantile is from 0 to 1, not ${q}`);
  }
  if (xs.length === 0) return 0;
  const sorted = ascending(xs);
  const last = sorted.length - 1;
  const position = (1 - q) * last;
  const low = Math.floor(position);
  return interpolate(sorted[last - low]!, sorted[last - Math.ceil(position)]!, position - low);
}

/** a + t (b - a) for t in [0, 1], also where b - a overflows. */
export function interpolate(a: number, b: number, t: number): number {
  const step = b - a;
  return step - step === 0 ? a + t * step : (1 - t) * a + t * b;
}

/** alpha new + (1 - alpha) old; the new value alone when there is no old one (null). */
export function ema(alpha: number, next: number, previous: number | null): number {
  return previous === null ? next : saturate(alpha * next + (1 - alpha) * previous);
}

/** sum(w x) / sum(w), within the range of the x with w > 0. Null if the weights sum to 0. Weights are >= 0. */
export function weightedMean(values: Numbers, weights: Numbers): number | null {
  const heaviest = maxAbs(weights);
  if (heaviest === 0) return null;
  const weightScale = scaleTo1(heaviest);
  let largest = 0;
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i += 1) {
    const x = values[i]!;
    if (weights[i] === 0) continue;
    if (x < low) low = x;
    if (x > high) high = x;
    if (Math.abs(x) > largest) largest = Math.abs(x);
  }
  if (low === high) return low;
  const scale = scaleTo1(largest);
  let numerator = 0;
  let denominator = 0;
  for (let i = 0; i < values.length; i += 1) {
    // Not even times 0: scaled by the others, its value may leave the range.
    if (weights[i] === 0) continue;
    const w = weights[i]! * weightScale;
    numerator += w * (values[i]! * scale);
    denominator += w;
  }
  return clamp(numerator / denominator / scale, low, high);
}

export function clamp(x: number, low: number, high: number): number {
  return x < low ? low : x > high ? high : x;
}

/** Each value's part of the sum of all (values >= 0, at least one > 0), also where that sum overflows. */
export function shares(xs: Numbers): Float64Array {
  const scale = scaleTo1(maxAbs(xs));
  const scaled = Float64Array.from(xs, (x) => x * scale);
  const total = sum(scaled);
  return scaled.map((x) => x / total);
}
