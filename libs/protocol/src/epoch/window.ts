/** What decides a topic's windows. Nonces are firstNonce, firstNonce + epochLengthBlocks, and so on without end. */
export interface EpochRhythm {
  readonly firstNonce: number;
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
function turnOffset({ params }: EpochRhythm, phase: TurnPhase): number {
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

/** Latest nonce whose reputer window closes at or before the height. */
function settledAt(rhythm: EpochRhythm, height: number): number | undefined {
  const blocks = height - rhythm.firstNonce - turnOffset(rhythm, 'REPUTER_WINDOW_CLOSED');
  if (blocks < 0) return undefined;
  const length = rhythm.params.epochLengthBlocks;
  return rhythm.firstNonce + Math.floor(blocks / length) * length;
}

function turnsOfPhase(rhythm: EpochRhythm, phase: TurnPhase, range: HeightRange): EpochTurn[] {
  const length = rhythm.params.epochLengthBlocks;
  const offset = turnOffset(rhythm, phase);
  const base = rhythm.firstNonce + offset;
  const first = Math.max(0, Math.floor((range.fromHeightExclusive - base) / length) + 1);
  const turns: EpochTurn[] = [];
  for (let height = base + first * length; height <= range.toHeightInclusive; height += length) {
    const nonce = height - offset;
    // At one height a reputer window's closing is told first, so all other turns of that height already see it settled.
    const settledBy = phase === 'REPUTER_WINDOW_CLOSED' ? height - 1 : height;
    turns.push({
      nonce,
      phase,
      height,
      closesHeight: nonce + closingOffset(rhythm, phase),
      settledNonce: settledAt(rhythm, settledBy),
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

/** Height of the first turn after the given height; there is always one. */
export function nextTurnHeight(rhythm: EpochRhythm, afterHeight: number): number {
  const length = rhythm.params.epochLengthBlocks;
  return Math.min(
    ...phasesOf(rhythm).map((phase) => {
      const base = rhythm.firstNonce + turnOffset(rhythm, phase);
      return base + Math.max(0, Math.floor((afterHeight - base) / length) + 1) * length;
    }),
  );
}

/** Blocks that have passed by then; zero before genesis. */
export function blockHeightAt(time: {
  readonly nowMs: number;
  readonly genesisMs: number;
  readonly blockIntervalMs: number;
}): number {
  return Math.max(0, Math.floor((time.nowMs - time.genesisMs) / time.blockIntervalMs));
}
