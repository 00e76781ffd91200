/** What the regressions learn of an inferer: its loss, its regret, or its regret in units of the epoch's spread. */
export const targetNames = ['loss', 'regret', 'z-score'] as const;
export type TargetName = (typeof targetNames)[number];

/** The network's loss of an epoch and the spread of the inferers' regrets; foretold, or as they came. */
export interface Level {
  readonly network: number;
  readonly spread: number;
}

export interface Target {
  of(loss: number, level: Level): number;
  toLoss(value: number, level: Level): number;
}

/** Below it the inferers were all alike, and a z-score would blow up rounding. */
const SPREAD_MIN = 1e-6;

export const targets: Readonly<Record<TargetName, Target>> = {
  loss: { of: (loss) => loss, toLoss: (loss) => loss },
  regret: {
    of: (loss, { network }) => network - loss,
    toLoss: (regret, { network }) => network - regret,
  },
  'z-score': {
    of: (loss, { network, spread }) => (network - loss) / Math.max(spread, SPREAD_MIN),
    toLoss: (score, { network, spread }) => network - score * Math.max(spread, SPREAD_MIN),
  },
};

/** Root mean square of the regrets. */
export function spreadOf(losses: Iterable<number>, network: number): number {
  const squares = [...losses].map((loss) => (network - loss) ** 2);
  return Math.sqrt(squares.reduce((total, square) => total + square, 0) / squares.length);
}
