import { clamp, potentialSlope, saturate, std } from '../numeric';
import type { SynthesisParams } from '../params';
import { WEIGHT_ANCHOR, WEIGHT_CAP, WEIGHT_CUT } from '../reference-profile';

export type WeightParams = Pick<SynthesisParams, 'pNorm' | 'cNorm' | 'epsilon'>;

/** Values and regrets of one group of workers; rows of the one-outs reuse one group's memory. */
export interface Group {
  count: number;
  readonly values: Float64Array;
  readonly regrets: Float64Array;
  readonly weights: Float64Array;
}

export function createGroup(capacity: number): Group {
  return {
    count: 0,
    values: new Float64Array(capacity),
    regrets: new Float64Array(capacity),
    weights: new Float64Array(capacity),
  };
}

export function pushMember(group: Group, value: number, regret: number): void {
  group.values[group.count] = value;
  group.regrets[group.count] = regret;
  group.count += 1;
}

/**
 * Section 2 (whitepaper: regret normalisation and the potential's slope). Fills `group.weights` from `group.regrets`
 * (log10 loss): weights are in [0, p], dimensionless, and at least one of them is positive.
 */
export function weighGroup(group: Group, params: WeightParams): void {
  const { count, regrets, weights } = group;
  const { pNorm: p, cNorm: c } = params;
  const spread = std(regrets, count) + params.epsilon;
  let highest = -Infinity;
  for (let a = 0; a < count; a += 1) {
    const z = saturate(regrets[a]! / spread);
    weights[a] = z;
    if (z > highest) highest = z;
  }
  const cap = c + WEIGHT_CAP / p;
  const anchor = c - WEIGHT_ANCHOR / p;
  const cut = c - WEIGHT_CUT / p;
  const anchored = highest < anchor;
  for (let a = 0; a < count; a += 1) {
    let z = weights[a]!;
    if (z > cap) z = cap;
    if (anchored) z = z - highest + anchor;
    weights[a] = z < cut ? 0 : potentialSlope(z, p, c);
  }
}

/** Weights of the regrets of one group (section 2), in the same order. */
export function weightsFromRegrets(regrets: readonly number[], params: WeightParams): number[] {
  const group = createGroup(regrets.length);
  for (const regret of regrets) pushMember(group, 0, regret);
  weighGroup(group, params);
  return Array.from(group.weights);
}

/**
 * Blend of section 2: sum(w x) / max(sum(w), floor) over members of positive weight. While the floor is not in use
 * the result is held inside the range of the contributing values, which rounding alone could leave.
 */
export function blendGroup(group: Group, floor: number): number {
  const { count, values, weights } = group;
  let numerator = 0;
  let total = 0;
  let low = Infinity;
  let high = -Infinity;
  for (let a = 0; a < count; a += 1) {
    const w = weights[a]!;
    if (w === 0) continue;
    const x = values[a]!;
    numerator += w * x;
    total += w;
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return total < floor ? numerator / floor : clamp(numerator / total, low, high);
}
