import { ProtocolError } from '../errors';
import { clamp, maxAbs, saturate, scaleTo1, sum } from '../numeric';
import type { DescentParams } from '../params';
import { GRADIENT_STEP } from '../reference-profile';
import { adjustedStakes, consensusScores, type ConsensusTable } from './consensus';

/** Scores in (0, 1 / eps_rep] and the coefficients to store for the next epoch, one per reputer. */
export interface ReputerConsensus {
  readonly scores: readonly number[];
  readonly listeningCoefficients: readonly number[];
}

/**
 * Section 7 (whitepaper: reputer consensus): descends on the listening coefficients, at most `n_max` steps. The scores
 * are those of the last step's coefficients before its update; with no step at all they are 0.
 */
export function listenToReputers(
  table: ConsensusTable,
  stakes: readonly number[],
  startingCoefficients: readonly number[],
  params: DescentParams,
): ReputerConsensus {
  const stakeScale = scaleTo1(maxAbs(stakes) || 1);
  const scaledStakes = stakes.map((stake) => stake * stakeScale);
  if (sum(scaledStakes) === 0) {
    throw new ProtocolError('ZERO_STAKE', 'no reputer has stake; score an epoch only once somebody staked');
  }
  let coefficients: Float64Array = Float64Array.from(startingCoefficients);
  let scores: Float64Array = new Float64Array(stakes.length);
  let gradient = Infinity;
  for (let it = 0; it < params.gradientDescentMaxIters && gradient >= params.maxGradientThreshold; it += 1) {
    const old = coefficients;
    const evaluation = evaluateNeighbours(table, scaledStakes, old, params);
    scores = evaluation.scores;
    const moved = old.map((a, l) => clamp(a + params.learningRate * evaluation.gradients[l]!, 0, 1));
    const kept = keepStakeListened(scaledStakes, old, moved, params.minStakeFraction);
    if (kept === null) break;
    coefficients = kept;
    gradient = maxAbs(kept.map((a, l) => a - old[l]!)) / params.learningRate;
  }
  return { scores: Array.from(scores), listeningCoefficients: Array.from(coefficients) };
}

/** Scores at `old`, and the relative slope of their stake-weighted sum along each coefficient. */
function evaluateNeighbours(
  table: ConsensusTable,
  stakes: readonly number[],
  old: Float64Array,
  params: DescentParams,
): { scores: Float64Array; gradients: Float64Array } {
  // A full coefficient can only go down, so its difference is taken backwards.
  const steps = old.map((a) => (a === 1 ? -GRADIENT_STEP : GRADIENT_STEP));
  const candidates = [adjustedStakes(stakes, old)];
  steps.forEach((step, l) => candidates.push(adjustedStakes(stakes, old.with(l, old[l]! + step))));
  const results = consensusScores(table, candidates, params);
  const totals = results.map((scores) => sum(scores.map((score, m) => stakes[m]! * score)));
  const gradients = steps.map((step, l) => {
    const total = totals[l + 1]!;
    return total > 0 ? (1 - totals[0]! / total) / step : 0;
  });
  return { scores: results[0]!, gradients };
}

/** Share of the stake that is listened to. */
function listenedFraction(stakes: readonly number[], coefficients: Float64Array): number {
  const total = sum(stakes);
  return sum(coefficients.map((a, m) => (stakes[m]! / total) * a));
}

/**
 * The step from `old` to `moved`, cut short where less than the minimum share of stake would be listened to. Null if
 * the step changes nothing while below that share: the descent is over and `old` stays.
 */
function keepStakeListened(
  stakes: readonly number[],
  old: Float64Array,
  moved: Float64Array,
  minStakeFraction: number,
): Float64Array | null {
  const after = listenedFraction(stakes, moved);
  if (after >= minStakeFraction) return moved;
  const before = listenedFraction(stakes, old);
  if (after === before) return null;
  const part = saturate((minStakeFraction - before) / (after - before));
  return old.map((a, l) => saturate(a + saturate(moved[l]! - a) * part));
}
