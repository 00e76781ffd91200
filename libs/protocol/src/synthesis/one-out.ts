import type { Matrix, RegretTable, Row } from '../regret/regret-table';
import { meanInference, type EpochValues } from './epoch-values';
import { blendGroup, createGroup, pushMember, weighGroup, type Group } from './weights';

const NOBODY = -1;

function groupOf(epoch: EpochValues): Group {
  return createGroup(epoch.inferences.length + epoch.contributing.length);
}

function pushInferers(group: Group, epoch: EpochValues, regrets: Row, withheld: number): void {
  const { inferences, initialRegret } = epoch;
  for (let j = 0; j < inferences.length; j += 1) {
    if (j !== withheld) pushMember(group, inferences[j]!, regrets[j] ?? initialRegret);
  }
}

function blendRow(group: Group, epoch: EpochValues): number {
  weighGroup(group, epoch.params);
  return blendGroup(group, epoch.params.epsilonSafeDiv);
}

/** The group of the combined row of section 4, weighed: inferers first, then the forecasters of K. */
export function combinedGroup(epoch: EpochValues, regrets: RegretTable): Group {
  const group = groupOf(epoch);
  pushInferers(group, epoch, regrets.inferer, NOBODY);
  for (const k of epoch.contributing) {
    pushMember(group, epoch.implied[k]!, regrets.forecaster[k] ?? epoch.initialRegret);
  }
  weighGroup(group, epoch.params);
  return group;
}

/** Naive inference (section 4): the inferers alone, weighed by their naive regrets. */
export function naiveInference(epoch: EpochValues, regrets: RegretTable): number {
  if (epoch.allNew) return meanInference(epoch);
  const group = groupOf(epoch);
  pushInferers(group, epoch, regrets.naiveInferer, NOBODY);
  return blendRow(group, epoch);
}

function meanWithout(inferences: Float64Array, withheld: number): number {
  let total = 0;
  for (let j = 0; j < inferences.length; j += 1) if (j !== withheld) total += inferences[j]!;
  return total / (inferences.length - 1);
}

/** One-out inferer values (section 4), one per withheld inferer x, with every forecaster's FII_k^{-x}. */
export function oneOutInferers(epoch: EpochValues, regrets: RegretTable): Float64Array {
  const { inferences, contributing, impliedWithout, initialRegret } = epoch;
  const group = groupOf(epoch);
  const values = new Float64Array(inferences.length);
  for (let x = 0; x < values.length; x += 1) {
    if (epoch.allNew) {
      values[x] = meanWithout(inferences, x);
      continue;
    }
    group.count = 0;
    pushInferers(group, epoch, regrets.oneOutInfererInferer[x]!, x);
    const row = regrets.oneOutInfererForecaster[x]!;
    for (const k of contributing) pushMember(group, impliedWithout[k]![x]!, row[k] ?? initialRegret);
    values[x] = blendRow(group, epoch);
  }
  return values;
}

function blendPerForecaster(
  epoch: EpochValues,
  infererRegrets: Matrix,
  pushForecasters: (group: Group, x: number) => void,
): Float64Array | null {
  const { contributing } = epoch;
  if (contributing.length < 2) return null;
  if (epoch.allNew) return new Float64Array(contributing.length).fill(meanInference(epoch));
  const group = groupOf(epoch);
  return Float64Array.from(contributing, (x) => {
    group.count = 0;
    pushInferers(group, epoch, infererRegrets[x]!, NOBODY);
    pushForecasters(group, x);
    return blendRow(group, epoch);
  });
}

/** One-out forecaster values (section 4), one per member of K in order; null with fewer than two of them. */
export function oneOutForecasters(epoch: EpochValues, regrets: RegretTable): Float64Array | null {
  return blendPerForecaster(epoch, regrets.oneOutForecasterInferer, (group, x) => {
    const row = regrets.oneOutForecasterForecaster[x]!;
    for (const k of epoch.contributing) {
      if (k !== x) pushMember(group, epoch.implied[k]!, row[k] ?? epoch.initialRegret);
    }
  });
}

/** One-in forecaster values (section 4): all inferers and one forecaster; null with fewer than two in K. */
export function oneInForecasters(epoch: EpochValues, regrets: RegretTable): Float64Array | null {
  return blendPerForecaster(epoch, regrets.oneInForecasterInferer, (group, x) => {
    pushMember(group, epoch.implied[x]!, regrets.oneInForecasterSelf[x] ?? epoch.initialRegret);
  });
}
