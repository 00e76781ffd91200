import {
  type EpochRhythm,
  epochTurns,
  type EpochTurn,
  type HeightRange,
  latestNonce,
  nextTurnHeight as nextTurnHeightOf,
  settledNonce,
  TURN_PHASES,
  turnOffset,
} from './window';

/**
 * The stretches of a topic's life, in ascending order of nonce. A stretch ends when the topic goes to sleep or its settings
 * change; the next one begins when it wakes up, or with the changed settings. An epoch keeps the settings it was opened with.
 * Turns of a phase come in the order of nonces, across stretches too: `continuedAt` sees to that.
 */
export type Timetable<P extends Lengths = Lengths> = readonly Stretch<P>[];

type Lengths = EpochRhythm['params'];

export interface Stretch<P extends Lengths = Lengths> extends EpochRhythm {
  readonly params: P;
}

type StretchTurn<P> = EpochTurn & { readonly params: P };

/** Latest nonce of all stretches; later ones have later nonces. */
const latestOf = (timetable: Timetable, of: (stretch: Stretch) => number | undefined) =>
  timetable.reduce<number | undefined>((latest, stretch) => of(stretch) ?? latest, undefined);

const phaseRank = (turn: EpochTurn): number => TURN_PHASES.indexOf(turn.phase);

/** All turns in a range of heights, in the order in which they are told, each with the settings of its epoch. */
export function timetableTurns<P extends Lengths>(
  timetable: Timetable<P>,
  range: HeightRange,
): StretchTurn<P>[] {
  return timetable
    .flatMap((stretch) =>
      epochTurns(stretch, range).map((turn) => ({
        ...turn,
        settledNonce: latestOf(timetable, (any) => settledNonce(any, turn.phase, turn.height)),
        params: stretch.params,
      })),
    )
    .sort((a, b) => a.height - b.height || phaseRank(a) - phaseRank(b) || a.nonce - b.nonce);
}

/** Height of the first turn after the given height; none when the topic sleeps and its epochs are over. */
export function nextTurnHeight(timetable: Timetable, afterHeight: number): number | undefined {
  const heights = timetable.flatMap((stretch) => nextTurnHeightOf(stretch, afterHeight) ?? []);
  return heights.length > 0 ? Math.min(...heights) : undefined;
}

/** Height at which the last turn of a stretch comes; none while it has no end. */
export function overHeight(stretch: EpochRhythm): number | undefined {
  if (stretch.untilNonce === undefined) return undefined;
  const last = latestNonce(stretch, 'WORKER_WINDOW_OPENED', stretch.untilNonce);
  return last === undefined ? undefined : last + turnOffset(stretch, 'REPUTER_WINDOW_CLOSED');
}

/** After the height no epoch opens. Turns up to the height, and those of epochs opened by then, stay as they were. */
export function endedAt<P extends Lengths>(timetable: Timetable<P>, height: number): Timetable<P> {
  return timetable
    .map((stretch) => ({ ...stretch, untilNonce: Math.min(stretch.untilNonce ?? Infinity, height + 1) }))
    .filter((stretch) => stretch.firstNonce < stretch.untilNonce);
}

/**
 * From the height on epochs open with these settings: the first one at the next height, but not before the last one has had its
 * length, or else a topic switched off and on (or changed to and fro) would have more epochs than its rhythm, and be paid for
 * more blocks than there are. Nor so early that an epoch would be settled before an older one.
 */
export function continuedAt<P extends Lengths>(
  timetable: Timetable<P>,
  height: number,
  params: P,
): Timetable<P> {
  const before = endedAt(timetable, height);
  const last = before.at(-1);
  if (!last) return [{ firstNonce: height + 1, params }];
  const lastNonce = latestNonce(last, 'WORKER_WINDOW_OPENED', height)!;
  const next = { firstNonce: 0, params };
  const afterLast = (['REPUTER_WINDOW_OPENED', 'REPUTER_WINDOW_CLOSED'] as const).map(
    (phase) => lastNonce + turnOffset(last, phase) - turnOffset(next, phase) + 1,
  );
  const firstNonce = Math.max(height + 1, lastNonce + last.params.epochLengthBlocks, ...afterLast);
  return [...before, { firstNonce, params }];
}

const WINDOWS = [
  ['WORKER_WINDOW_OPENED', 'WORKER_WINDOW_CLOSED'],
  ['REPUTER_WINDOW_OPENED', 'REPUTER_WINDOW_CLOSED'],
] as const;

/** Height at which the windows open at the height have closed, as far as they are the last to close; the height when none is. */
function latestClosing(timetable: Timetable, height: number): number {
  const closings = timetable.flatMap((stretch) =>
    WINDOWS.flatMap(([opened, closed]) => {
      const nonce = latestNonce(stretch, opened, height);
      return nonce === undefined ? [] : [nonce + turnOffset(stretch, closed)];
    }),
  );
  return Math.max(height, ...closings);
}

/** First height from the given one on at which no window is open; none when the topic always has one open. */
export function nextQuietHeight(timetable: Timetable, fromHeight: number): number | undefined {
  const last = timetable.at(-1);
  // From here on an endless stretch repeats itself with each epoch, and nothing is left of those before it.
  const steady =
    last && last.untilNonce === undefined
      ? Math.max(fromHeight, last.firstNonce + turnOffset(last, 'REPUTER_WINDOW_CLOSED'))
      : Infinity;
  for (let height = fromHeight; ;) {
    const closing = latestClosing(timetable, height);
    if (closing === height) return height;
    height = closing;
    if (height >= steady + (last?.params.epochLengthBlocks ?? 0)) return undefined;
  }
}
