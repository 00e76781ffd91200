import { ProtocolError } from '../errors';
import { clamp, maxAbs, scaleTo1, sum } from '../numeric';
import type { DescentParams } from '../params';
import { layOutBundle, lossColumns, type LossBundle } from './loss-table';

/**
 * Losses of M reputers in the D columns that anybody reported, row-major. Everything is multiplied by `scale`, a
 * power of two, so that squares stay in range.
 */
export interface ConsensusTable {
  readonly reputerCount: number;
  readonly columnCount: number;
  /** [M][D]; missing cells hold the column's smallest reported loss (section 7, step 3). */
  readonly losses: Float64Array;
  /** [M][D] 1 where reported, 0 where missing; null when nothing is missing. */
  readonly reported: Float64Array | null;
  readonly scale: number;
}

/** Comfortable range of losses: squares of differences keep their digits and 10^7 of them their sum. */
const LOSS_MAX = 2 ** 400;
const LOSS_MIN = 2 ** -400;

/** Lays the bundles of all reputers out as one table, without the columns that nobody reported. */
export function consensusTable(
  bundles: readonly LossBundle[],
  infererCount: number,
  forecasterCount: number,
): ConsensusTable {
  const columns = lossColumns(infererCount, forecasterCount);
  const reputerCount = bundles.length;
  const all = new Float64Array(reputerCount * columns.count);
  bundles.forEach((bundle, m) => layOutBundle(bundle, columns, all, m * columns.count));

  const smallest = new Float64Array(columns.count).fill(Infinity);
  let largest = 0;
  let missing = 0;
  for (let m = 0; m < reputerCount; m += 1) {
    for (let d = 0; d < columns.count; d += 1) {
      const loss = all[m * columns.count + d]!;
      if (Number.isNaN(loss)) missing += 1;
      else {
        if (loss < smallest[d]!) smallest[d] = loss;
        if (Math.abs(loss) > largest) largest = Math.abs(loss);
      }
    }
  }
  const kept = Int32Array.from(smallest.keys()).filter((d) => smallest[d]! < Infinity);
  missing -= reputerCount * (columns.count - kept.length);
  const scale = largest > LOSS_MAX || (largest > 0 && largest < LOSS_MIN) ? scaleTo1(largest) : 1;
  return fillTable(all, smallest, kept, { reputerCount, scale, hasMissing: missing > 0 });
}

function fillTable(
  all: Float64Array,
  smallest: Float64Array,
  kept: Int32Array,
  shape: { readonly reputerCount: number; readonly scale: number; readonly hasMissing: boolean },
): ConsensusTable {
  const { reputerCount, scale } = shape;
  const columnCount = kept.length;
  const losses = new Float64Array(reputerCount * columnCount);
  const reported = shape.hasMissing ? new Float64Array(losses.length).fill(1) : null;
  for (let m = 0; m < reputerCount; m += 1) {
    for (let c = 0; c < columnCount; c += 1) {
      const d = kept[c]!;
      const loss = all[m * smallest.length + d]!;
      const at = m * columnCount + c;
      if (reported && Number.isNaN(loss)) reported[at] = 0;
      losses[at] = (Number.isNaN(loss) ? smallest[d]! : loss) * scale;
    }
  }
  return { reputerCount, columnCount, losses, reported, scale };
}

/** Reached only by coefficients outside [0, 1] that cancel to 30 digits; keeps their squares in range. */
const ADJUSTED_STAKE_MIN = -(2 ** 100);

/** Least adjusted stake of a reputer that is listened to at all, so that underflow cannot silence it. */
const LISTENED_STAKE_MIN = 1e-290;

/** Adjusted stakes min(N a S / sum(a S), 1) of section 7, step 1, dimensionless. */
export function adjustedStakes(stakes: readonly number[], coefficients: ArrayLike<number>): Float64Array {
  const stakeScale = scaleTo1(maxAbs(stakes) || 1);
  const scale = scaleTo1(maxAbs(coefficients) || 1);
  const weights = Float64Array.from(stakes, (stake, m) => stake * stakeScale * (coefficients[m]! * scale));
  const total = sum(weights);
  if (total === 0) {
    throw new ProtocolError(
      'ZERO_STAKE',
      'listened stake of the reputers is 0; score only reputers with stake',
    );
  }
  return weights.map((weight, m) => {
    const listened = stakes[m]! > 0 && coefficients[m]! > 0 && total > 0;
    return clamp((stakes.length * weight) / total, listened ? LISTENED_STAKE_MIN : ADJUSTED_STAKE_MIN, 1);
  });
}

/** Columns are taken this many at a time, so that a block of all reputers stays in the processor's cache. */
const BLOCK_COLUMNS = 256;

/**
 * Reputer scores of section 7, steps 2 to 5, for several candidate vectors of adjusted stakes at once: [P][M],
 * in (0, 1 / eps_rep]. All candidates share one pass over the table.
 */
export function consensusScores(
  table: ConsensusTable,
  candidates: readonly Float64Array[],
  params: Pick<DescentParams, 'epsilonReputer' | 'epsilonSafeDiv'>,
): Float64Array[] {
  const squares = candidates.map(() => new Float64Array(table.reputerCount));
  const norms = new Float64Array(candidates.length);
  const consensus = new Float64Array(BLOCK_COLUMNS);
  const listened = new Float64Array(BLOCK_COLUMNS);
  for (let from = 0; from < table.columnCount; from += BLOCK_COLUMNS) {
    const width = Math.min(BLOCK_COLUMNS, table.columnCount - from);
    candidates.forEach((stakes, p) => {
      norms[p] = norms[p]! + findConsensus(table, from, width, stakes, consensus, listened);
      addSquaredDistances(table, from, width, consensus, squares[p]!);
    });
  }
  return squares.map((row, p) => {
    // An exact zero is measured against eps_div in the unit of the losses, not of the scaled table.
    const norm = Math.sqrt(norms[p]!) || params.epsilonSafeDiv * table.scale;
    return row.map((square) => 1 / (Math.sqrt(square) / norm + params.epsilonReputer));
  });
}

/** Writes C_d of a block of columns and returns the sum of their squares. */
function findConsensus(
  table: ConsensusTable,
  from: number,
  width: number,
  stakes: Float64Array,
  consensus: Float64Array,
  listened: Float64Array,
): number {
  const { losses, reported, columnCount } = table;
  consensus.fill(0);
  listened.fill(reported ? 0 : sum(stakes));
  for (let m = 0; m < stakes.length; m += 1) {
    const stake = stakes[m]!;
    const start = m * columnCount + from;
    if (reported) {
      for (let d = 0; d < width; d += 1) {
        const share = stake * reported[start + d]!;
        consensus[d] = consensus[d]! + share * losses[start + d]!;
        listened[d] = listened[d]! + share;
      }
    } else {
      for (let d = 0; d < width; d += 1) consensus[d] = consensus[d]! + stake * losses[start + d]!;
    }
  }
  let squares = 0;
  for (let d = 0; d < width; d += 1) {
    if (listened[d] === 0) {
      throw new ProtocolError(
        'CONSENSUS_UNDEFINED',
        'only reputers nobody listens to reported some loss; drop that entry or raise their coefficients',
      );
    }
    const centre = consensus[d]! / listened[d]!;
    consensus[d] = centre;
    squares += centre * centre;
  }
  return squares;
}

function addSquaredDistances(
  table: ConsensusTable,
  from: number,
  width: number,
  consensus: Float64Array,
  squares: Float64Array,
): void {
  const { losses, columnCount, reputerCount } = table;
  const paired = width - (width % 2);
  for (let m = 0; m < reputerCount; m += 1) {
    const start = m * columnCount + from;
    // Two sums in a fixed order: one alone waits for itself at every step.
    let even = 0;
    let odd = 0;
    for (let d = 0; d < paired; d += 2) {
      const a = losses[start + d]! - consensus[d]!;
      const b = losses[start + d + 1]! - consensus[d + 1]!;
      even += a * a;
      odd += b * b;
    }
    if (paired < width) {
      const a = losses[start + paired]! - consensus[paired]!;
      even += a * a;
    }
    squares[m] = squares[m]! + even + odd;
  }
}
