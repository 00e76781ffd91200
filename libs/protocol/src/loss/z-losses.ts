import { naturalLogarithm, power, saturate, softplus } from '../numeric';
import type { OptionSpecs } from './loss-options';

/*
 * Losses of z-scores z = (value - mean) / std, for topics of returns. Their std has no default on purpose: with a made-up one
 * every score would be wrong, and nothing would say so.
 */

type Loss = (truth: number, prediction: number) => number;

export const zOptions = {
  std: { min: 0, max: 1e300, above: true, help: 'standard deviation of the truth' },
  mean: { default: 0, min: -1e300, max: 1e300, help: 'mean of the truth' },
} satisfies OptionSpecs<'std' | 'mean'>;

interface ZScale {
  readonly std: number;
  readonly mean: number;
}

const zOf =
  ({ std, mean }: ZScale) =>
  (value: number): number =>
    saturate((value - mean) / std);

export function ztae(scale: ZScale): Loss {
  const z = zOf(scale);
  return (truth, prediction) => Math.abs(Math.tanh(z(truth)) - Math.tanh(z(prediction)));
}

export const zptaeOptions = {
  ...zOptions,
  alpha: { default: 0.25, min: 0, max: 1, help: 'growth of the power tail' },
  beta: { default: 2, min: 0, max: 1e3, above: true, help: 'sharpness of the bend' },
  mse_norm: { default: 0.01, min: 0, max: 1e6, help: 'weight c of the far term' },
  gamma: { default: 4, min: 0, max: 1e3, above: true, help: 'power of the far term' },
} satisfies OptionSpecs<'std' | 'mean' | 'alpha' | 'beta' | 'mse_norm' | 'gamma'>;

export function zptae(options: Readonly<Record<keyof typeof zptaeOptions, number>>): Loss {
  const { alpha, beta, mse_norm: c, gamma } = options;
  const z = zOf(options);
  const bent = (x: number): number => {
    const root = power(1 + power(Math.abs(x), beta), (1 - alpha) / beta);
    // Where |x|^beta leaves the doubles, the bend is far behind and the tail is the plain power.
    return root < Number.MAX_VALUE ? x / root : Math.sign(x) * power(Math.abs(x), alpha);
  };
  return (truth, prediction) => {
    const [y, p] = [z(truth), z(prediction)];
    return saturate(Math.abs(bent(y) - bent(p)) + power(c * saturate(Math.abs(p - y)), gamma));
  };
}

export const czarOptions = {
  ...zOptions,
  alpha: { default: 0.01, min: 0, max: 1, help: 'curvature at the truth 0: small to score, 1 to train' },
  epsilon: { default: 1, min: 0, max: 1e6, help: 'softening near 0; 0 is none' },
  tau: { default: 0.05, min: 0, max: 1e6, help: 'how fast the softening fades with the truth' },
} satisfies OptionSpecs<'std' | 'mean' | 'alpha' | 'epsilon' | 'tau'>;

/** Composite z-score asymmetric loss. Above zero everywhere where it is softened, so that its logarithm has no hole. */
export function czar(options: Readonly<Record<keyof typeof czarOptions, number>>): Loss {
  const z = zOf(options);
  const curve = czarCurve(options.alpha / Math.sqrt(3));
  const softening = czarSoftening(curve, options);
  return (truth, prediction) => {
    const [y, p] = [z(truth), z(prediction)];
    return saturate(czarBase(curve, y, p) + softening(Math.abs(y)));
  };
}

interface CzarCurve {
  readonly delta: number;
  readonly k: number;
}

const czarCurve = (delta: number): CzarCurve => ({ delta, k: 1 + delta * delta });

const slopeOf = (x: number): number => 1 / (1 + x * x);
/** 2|x| / (1 + x^2)^2, without overflow. */
const bendOf = (x: number): number => 2 * (Math.abs(x) * slopeOf(x)) * slopeOf(x);
const signOf = (x: number): number => (x < 0 ? -1 : 1);

function czarBase({ delta, k }: CzarCurve, y: number, p: number): number {
  const s = signOf(y);
  const u = s * p;
  const dy = y + s * delta;
  if (u <= 0) {
    const arcs = s * k * (Math.atan(dy) - Math.atan(s * delta));
    return 0.5 * k * bendOf(delta) * p * p - s * p + arcs;
  }
  if (u <= Math.abs(y)) return s * k * (Math.atan(dy) - Math.atan(p + signOf(p) * delta));
  const far = saturate(p - y);
  const bend = 0.5 * Math.min(k * bendOf(dy), k * bendOf(delta));
  return bend * far * far + s * k * slopeOf(dy) * far;
}

/** What is added by the size of the truth. */
function czarSoftening(
  curve: CzarCurve,
  { epsilon, tau }: { readonly epsilon: number; readonly tau: number },
): (size: number) => number {
  if (epsilon === 0) return () => 0;
  const { delta, k } = curve;
  const b = delta / k;
  const arc = k * (Math.atan(epsilon + delta) - Math.atan(delta));
  const edge = delta === 0 ? Math.atan(epsilon) : (-1 + Math.sqrt(1 + 4 * b * arc)) / (2 * b);
  const least = czarBase(curve, 0, edge);
  const divisor = edge + b * edge * edge;
  const fade = (atan: number): number => 1 - (k * (atan - Math.atan(delta))) / divisor;
  const width = tau * Math.abs(fade(Math.PI / 2));
  return (size) => {
    const n = fade(Math.atan(size + delta));
    const share = width > 0 ? softplusShare(n, width) : Math.max(n, 0);
    return share * least;
  };
}

/** softplus(n / width) / softplus(1 / width), kept above 0 where the first one leaves the doubles. */
function softplusShare(n: number, width: number): number {
  const top = softplus(n / width);
  return Math.max(top / softplus(1 / width), Number.MIN_VALUE);
}

/** ln cosh, by its series near 0, where the closed form has lost all digits. */
export function logCosh(error: number): number {
  const size = Math.abs(error);
  if (size < 1e-3) return size * size * (0.5 - (size * size) / 12);
  return size + Math.log1p(Math.exp(-2 * size)) - naturalLogarithm(2);
}
