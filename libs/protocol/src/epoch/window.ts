/** What decides a topic's windows. Nonces are firstNonce, firstNonce + epochLengthBlocks, and so on. */
export interface EpochRhythm {
  readonly firstNonce: number;
  /** No epoch opens from this height on; those opened before run to their end. Absent: there is no end. */
  readonly untilNonce?: number | undefined;
  readonly params: {
    readonly epochLengthBlocks: number;
    readonly workerWindowBlocks: number;
    readonly groundTruthLagBlocks: number;
    readonly reputerWindowBlocks: number;
    /** Above zero: the worker window takes commitments, and these many blocks after it take what was committed. */
    readonly revealWindowBlocks: number;
  };
}

/**
 * In the order in which turns that fall on one height are told: what settles comes first, then what closes, then what opens on
 * top of it, older nonces before younger ones. Of the turns of workers a reveal window's opening never meets another one on a
 * height: commitments and reveals together are at most as long as an epoch, so the next nonce opens when the last one has closed.
 */
export const TURN_PHASES = [
  'REPUTER_WINDOW_CLOSED',
  'WORKER_WINDOW_CLOSED',
  'REVEAL_WINDOW_OPENED',
  'REPUTER_WINDOW_OPENED',
  'WORKER_WINDOW_OPENED',
] as const;

export type TurnPhase = (typeof TURN_PHASES)[number];

/** One turn of an epoch. A window covers the heights [opened, closed): at its closing height it is shut already. */
export interface EpochTurn {
  readonly nonce: number;
  readonly phase: TurnPhase;
  readonly height: number;
  /** Height at which the turn's window closes; of a window for commitments it is the one at which reveals begin. */
  readonly closesHeight: number;
  /** Latest nonce whose reputer window was closed by an earlier turn. */
  readonly settledNonce: number | undefined;
}

export interface HeightRange {
  readonly fromHeightExclusive: number;
  readonly toHeightInclusive: number;
}

/** Blocks from the nonce to the turn. */
export function turnOffset({ params }: EpochRhythm, phase: TurnPhase): number {
  switch (phase) {
    case 'WORKER_WINDOW_OPENED':
      return 0;
    case 'REVEAL_WINDOW_OPENED':
      return params.workerWindowBlocks;
    case 'WORKER_WINDOW_CLOSED':
      return params.workerWindowBlocks + params.revealWindowBlocks;
    case 'REPUTER_WINDOW_OPENED':
      return params.groundTruthLagBlocks;
    case 'REPUTER_WINDOW_CLOSED':
      return params.groundTruthLagBlocks + params.reputerWindowBlocks;
  }
}

/** Blocks from the nonce to the height at which the window that the turn opens or closes is shut. */
function closingOffset(rhythm: EpochRhythm, phase: TurnPhase): number {
  switch (phase) {
    case 'WORKER_WINDOW_OPENED':
      return rhythm.params.workerWindowBlocks;
    case 'REVEAL_WINDOW_OPENED':
    case 'WORKER_WINDOW_CLOSED':
      return turnOffset(rhythm, 'WORKER_WINDOW_CLOSED');
    case 'REPUTER_WINDOW_OPENED':
    case 'REPUTER_WINDOW_CLOSED':
      return turnOffset(rhythm, 'REPUTER_WINDOW_CLOSED');
  }
}

/** The phases of a topic; without reveals there is no window for them. */
const phasesOf = ({ params }: EpochRhythm): readonly TurnPhase[] =>
  params.revealWindowBlocks > 0
    ? TURN_PHASES
    : TURN_PHASES.filter((phase) => phase !== 'REVEAL_WINDOW_OPENED');

/** Latest nonce whose turn of the phase comes at or before the height. */
export function latestNonce(rhythm: EpochRhythm, phase: TurnPhase, height: number): number | undefined {
  const { firstNonce, untilNonce = Infinity, params } = rhythm;
  const blocks = Math.min(height - turnOffset(rhythm, phase), untilNonce - 1) - firstNonce;
  if (blocks < 0) return undefined;
  return firstNonce + Math.floor(blocks / params.epochLengthBlocks) * params.epochLengthBlocks;
}

/** Latest nonce that is settled for a turn of the phase at the height: a reputer window's closing comes first of its height. */
export const settledNonce = (rhythm: EpochRhythm, phase: TurnPhase, height: number): number | undefined =>
  latestNonce(rhythm, 'REPUTER_WINDOW_CLOSED', phase === 'REPUTER_WINDOW_CLOSED' ? height - 1 : height);

function turnsOfPhase(rhythm: EpochRhythm, phase: TurnPhase, range: HeightRange): EpochTurn[] {
  const length = rhythm.params.epochLengthBlocks;
  const offset = turnOffset(rhythm, phase);
  const base = rhythm.firstNonce + offset;
  const first = Math.max(0, Math.floor((range.fromHeightExclusive - base) / length) + 1);
  const last = Math.min(range.toHeightInclusive, (rhythm.untilNonce ?? Infinity) - 1 + offset);
  const turns: EpochTurn[] = [];
  for (let height = base + first * length; height <= last; height += length) {
    const nonce = height - offset;
    turns.push({
      nonce,
      phase,
      height,
      closesHeight: nonce + closingOffset(rhythm, phase),
      settledNonce: settledNonce(rhythm, phase, height),
    });
  }
  return turns;
}

/**
 * All turns of a topic in a range of heights, in the order in which they are told: by height, then as in TURN_PHASES. A
 * function of heights alone: stepping through a range in pieces tells the same turns as stepping at once.
 */
export function epochTurns(rhythm: EpochRhythm, range: HeightRange): EpochTurn[] {
  return phasesOf(rhythm)
    .flatMap((phase) => turnsOfPhase(rhythm, phase, range))
    .sort(
      // The sort is stable and each phase has at most one turn a height: equal heights keep the order of phases.
      (a, b) => a.height - b.height,
    );
}

/** Height of the first turn after the given height; none once the last epoch of a rhythm that ends is over. */
export function nextTurnHeight(rhythm: EpochRhythm, afterHeight: number): number | undefined {
  const length = rhythm.params.epochLengthBlocks;
  const heights = phasesOf(rhythm).flatMap((phase) => {
    const offset = turnOffset(rhythm, phase);
    const base = rhythm.firstNonce + offset;
    const height = base + Math.max(0, Math.floor((afterHeight - base) / length) + 1) * length;
    return height - offset < (rhythm.untilNonce ?? Infinity) ? [height] : [];
  });
  return heights.length > 0 ? Math.min(...heights) : undefined;
}

/** Blocks that have passed by then; zero before genesis. */
export function blockHeightAt(time: {
  readonly nowMs: number;
  readonly genesisMs: number;
  readonly blockIntervalMs: number;
}): number {
  return Math.max(0, Math.floor((time.nowMs - time.genesisMs) / time.blockIntervalMs));
}
