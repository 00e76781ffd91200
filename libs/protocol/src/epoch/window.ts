/** What decides a topic's windows. Nonces are firstNonce, firstNonce + epochLengthBlocks, and so on without end. */
export interface EpochRhythm {
  readonly firstNonce: number;
  readonly params: {
    readonly epochLengthBlocks: number;
    readonly workerWindowBlocks: number;
    readonly groundTruthLagBlocks: number;
    readonly reputerWindowBlocks: number;
  };
}

/** In the order in which turns that fall on one height are told: what settles comes before what opens on top of it. */
export const TURN_PHASES = [
  'REPUTER_WINDOW_CLOSED',
  'WORKER_WINDOW_CLOSED',
  'REPUTER_WINDOW_OPENED',
  'WORKER_WINDOW_OPENED',
] as const;

export type TurnPhase = (typeof TURN_PHASES)[number];

/** One turn of an epoch. A window covers the heights [opened, closed): at its closing height it is shut already. */
export interface EpochTurn {
  readonly nonce: number;
  readonly phase: TurnPhase;
  readonly height: number;
  /** Height at which the turn's window closes. */
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
    case 'WORKER_WINDOW_CLOSED':
      return params.workerWindowBlocks;
    case 'REPUTER_WINDOW_OPENED':
      return params.groundTruthLagBlocks;
    case 'REPUTER_WINDOW_CLOSED':
      return params.groundTruthLagBlocks + params.reputerWindowBlocks;
  }
}

const closingPhase = (phase: TurnPhase): TurnPhase =>
  phase === 'WORKER_WINDOW_OPENED' || phase === 'WORKER_WINDOW_CLOSED'
    ? 'WORKER_WINDOW_CLOSED'
    : 'REPUTER_WINDOW_CLOSED';

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
      closesHeight: nonce + turnOffset(rhythm, closingPhase(phase)),
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
  return TURN_PHASES.flatMap((phase) => turnsOfPhase(rhythm, phase, range)).sort(
    // The sort is stable and each phase has at most one turn a height: equal heights keep the order of phases.
    (a, b) => a.height - b.height,
  );
}

/** Height of the first turn after the given height; there is always one. */
export function nextTurnHeight(rhythm: EpochRhythm, afterHeight: number): number {
  const length = rhythm.params.epochLengthBlocks;
  return Math.min(
    ...TURN_PHASES.map((phase) => {
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
