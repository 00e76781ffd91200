import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  continuedAt,
  endedAt,
  nextQuietHeight,
  nextTurnHeight,
  overHeight,
  type Timetable,
  timetableTurns,
} from './timetable';
import { type EpochTurn, TURN_PHASES, turnOffset } from './window';

const lengths = (
  epochLengthBlocks: number,
  workerWindowBlocks: number,
  groundTruthLagBlocks: number,
  reputerWindowBlocks: number,
  revealWindowBlocks = 0,
) => ({
  ...{ epochLengthBlocks, workerWindowBlocks, groundTruthLagBlocks, reputerWindowBlocks, revealWindowBlocks },
});
type Lengths = ReturnType<typeof lengths>;

const turnsIn = (timetable: Timetable, from: number, to: number) =>
  timetableTurns(timetable, { fromHeightExclusive: from, toHeightInclusive: to });
const brief = (turn: EpochTurn) => `${turn.height} ${turn.phase} ${turn.nonce}`;

const anyLengths = fc
  .tuple(
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 0, max: 12 }),
  )
  .map(([length, worker, lag, reputer, reveal]) => {
    const workerBlocks = Math.min(worker, length, lag);
    return lengths(
      length,
      workerBlocks,
      lag,
      reputer,
      Math.min(reveal, Math.min(length, lag) - workerBlocks),
    );
  });

interface Change {
  readonly wait: number;
  /** None: the topic goes to sleep. */
  readonly params: Lengths | undefined;
}
const changes = fc.array(
  fc.record({ wait: fc.integer({ min: 0, max: 40 }), params: fc.option(anyLengths, { nil: undefined }) }),
  { maxLength: 8 },
);

/** A topic's life told change by change: the timetable after each one, and the height it happened at. */
function lifeOf(first: Lengths, told: readonly Change[]) {
  const steps: { height: number; timetable: Timetable }[] = [
    { height: 3, timetable: continuedAt([], 3, first) },
  ];
  for (const { wait, params } of told) {
    const before = steps.at(-1)!;
    const height = before.height + wait;
    const timetable = params
      ? continuedAt(before.timetable, height, params)
      : endedAt(before.timetable, height);
    steps.push({ height, timetable });
  }
  return steps;
}
const lives = fc.tuple(anyLengths, changes).map(([first, told]) => lifeOf(first, told));
const END = 500;

describe('a topic that goes to sleep', () => {
  const awake = continuedAt([], 0, lengths(4, 2, 5, 3));

  it('opens no further epoch and ends the open ones, with all their turns', () => {
    // At 6 the epochs 1 and 5 are open.
    const asleep = endedAt(awake, 6);
    expect(turnsIn(asleep, 6, END).map(brief)).toEqual([
      '7 WORKER_WINDOW_CLOSED 5',
      '9 REPUTER_WINDOW_CLOSED 1',
      '10 REPUTER_WINDOW_OPENED 5',
      '13 REPUTER_WINDOW_CLOSED 5',
    ]);
    expect(overHeight(asleep[0]!)).toBe(13);
    expect(nextTurnHeight(asleep, 13)).toBeUndefined();
    expect(nextQuietHeight(asleep, 6)).toBe(9);
  });

  it('opens the epoch that begins at the very height', () => {
    expect(turnsIn(endedAt(awake, 5), 5, END).map(({ nonce }) => nonce)).toContain(5);
    expect(turnsIn(endedAt(awake, 4), 4, END).map(({ nonce }) => nonce)).not.toContain(5);
  });

  it('before its first epoch has none', () => {
    expect(endedAt(awake, 0)).toEqual([]);
  });

  it('wakes up at the next height, and names what was settled before', () => {
    const again = continuedAt(endedAt(awake, 6), 40, lengths(4, 2, 5, 3));
    const turns = turnsIn(again, 13, 45);
    expect(turns.map((turn) => [brief(turn), turn.settledNonce])).toEqual([
      ['41 WORKER_WINDOW_OPENED 41', 5],
      ['43 WORKER_WINDOW_CLOSED 41', 5],
      ['45 WORKER_WINDOW_OPENED 45', 5],
    ]);
  });

  it('and is awake within the same epoch keeps its rhythm: it gains no epoch by it', () => {
    const again = continuedAt(endedAt(awake, 6), 6, lengths(4, 2, 5, 3));
    expect(turnsIn(again, 0, END)).toEqual(turnsIn(awake, 0, END));
  });
});

describe('changed settings', () => {
  it('are for epochs that open after them; the others end as they began', () => {
    const changed = continuedAt(continuedAt([], 0, lengths(20, 2, 5, 3)), 4, lengths(30, 1, 6, 4));
    expect(turnsIn(changed, 0, 31).map((turn) => [brief(turn), turn.params.epochLengthBlocks])).toEqual([
      ['1 WORKER_WINDOW_OPENED 1', 20],
      ['3 WORKER_WINDOW_CLOSED 1', 20],
      ['6 REPUTER_WINDOW_OPENED 1', 20],
      ['9 REPUTER_WINDOW_CLOSED 1', 20],
      ['21 WORKER_WINDOW_OPENED 21', 30],
      ['22 WORKER_WINDOW_CLOSED 21', 30],
      ['27 REPUTER_WINDOW_OPENED 21', 30],
      ['31 REPUTER_WINDOW_CLOSED 21', 30],
    ]);
  });

  it('with a much shorter lag wait until the older epochs are settled first', () => {
    const changed = continuedAt(continuedAt([], 0, lengths(4, 2, 100, 3)), 4, lengths(4, 2, 2, 1));
    const settled = turnsIn(changed, 0, 150)
      .filter(({ phase }) => phase === 'REPUTER_WINDOW_CLOSED')
      .map(({ nonce, height }) => [nonce, height]);
    expect(settled.slice(0, 3)).toEqual([
      [1, 104],
      [102, 105],
      [106, 109],
    ]);
  });
});

describe('the next height without an open window', () => {
  it.each([
    ['between the windows of an epoch', 4, 4],
    ['while workers are asked', 1, 3],
    ['while reputers are asked', 6, 9],
    ['far in the future', 1_000_003, 1_000_003],
  ])('%s', (_, from, quiet) => {
    expect(nextQuietHeight(continuedAt([], 0, lengths(20, 2, 5, 3)), from)).toBe(quiet);
  });

  it('does not exist where one window always follows another', () => {
    expect(nextQuietHeight(continuedAt([], 0, lengths(4, 2, 5, 3)), 30)).toBeUndefined();
  });

  it('may still come before the windows of several epochs overlap', () => {
    expect(nextQuietHeight(continuedAt([], 0, lengths(4, 2, 5, 3)), 1)).toBe(3);
  });

  it('counts reveals to the window of the workers', () => {
    expect(nextQuietHeight(continuedAt([], 0, lengths(20, 2, 9, 3, 4)), 1)).toBe(7);
  });

  it('is the first one found by looking at each height', () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: 0, max: 300 }), (steps, from) => {
        const { timetable } = steps.at(-1)!;
        const open = new Set<number>();
        const upTo = from + 250;
        for (const { phase, nonce, params } of turnsIn(timetable, 0, upTo)) {
          const opened = phase === 'WORKER_WINDOW_OPENED' || phase === 'REPUTER_WINDOW_OPENED';
          if (!opened) continue;
          const closed = phase === 'WORKER_WINDOW_OPENED' ? 'WORKER_WINDOW_CLOSED' : 'REPUTER_WINDOW_CLOSED';
          const [first, end] = [phase, closed].map(
            (any) => nonce + turnOffset({ firstNonce: 0, params }, any as (typeof TURN_PHASES)[number]),
          );
          for (let height = first!; height < end!; height += 1) open.add(height);
        }
        const quiet = nextQuietHeight(timetable, from);
        let naive = from;
        while (open.has(naive) && naive < upTo) naive += 1;
        expect(quiet).toBe(naive < upTo ? naive : undefined);
      }),
    );
  });
});

describe('any life of a topic', () => {
  it('changes nothing that was told, and nothing of an epoch that was opened', () => {
    fc.assert(
      fc.property(lives, (steps) => {
        for (const [i, { height, timetable }] of steps.entries()) {
          const before = steps[i - 1]?.timetable;
          if (!before) continue;
          expect(turnsIn(timetable, 0, height)).toEqual(turnsIn(before, 0, height));
          const begun = (turn: EpochTurn) => turn.nonce <= height;
          const withoutSettled = ({ settledNonce: _, ...turn }: EpochTurn) => turn;
          expect(turnsIn(timetable, height, END).filter(begun).map(withoutSettled)).toEqual(
            turnsIn(before, height, END).filter(begun).map(withoutSettled),
          );
        }
      }),
    );
  });

  it('told in pieces, change by change, is as told at once', () => {
    fc.assert(
      fc.property(lives, fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 8 }), (steps, cuts) => {
        const last = steps.at(-1)!.timetable;
        let told = 0;
        const pieces: EpochTurn[] = [];
        const tell = (timetable: Timetable, to: number) => {
          if (to <= told) return;
          pieces.push(...turnsIn(timetable, told, to));
          told = to;
        };
        for (const [i, { height, timetable }] of steps.entries()) {
          const next = steps[i + 1]?.height ?? height;
          for (const cut of cuts) tell(timetable, Math.min(told + cut, next));
          // Nothing has to be told at the time of a change.
          if (i % 2 === 0) tell(timetable, next);
        }
        tell(last, END);
        expect(pieces).toEqual(turnsIn(last, 0, END));
      }),
    );
  });

  it('has each phase in ascending order of nonces, and epochs no closer than their length', () => {
    fc.assert(
      fc.property(lives, (steps) => {
        const turns = turnsIn(steps.at(-1)!.timetable, 0, END);
        for (const phase of TURN_PHASES) {
          const ofPhase = turns.filter((turn) => turn.phase === phase);
          for (const [i, turn] of ofPhase.entries()) {
            const before = ofPhase[i - 1];
            if (!before) continue;
            expect(turn.nonce).toBeGreaterThan(before.nonce);
            expect(turn.height).toBeGreaterThan(before.height);
            if (phase === 'WORKER_WINDOW_OPENED')
              expect(turn.nonce - before.nonce).toBeGreaterThanOrEqual(before.params.epochLengthBlocks);
          }
        }
      }),
    );
  });

  it('names with each turn what was settled before it', () => {
    fc.assert(
      fc.property(lives, (steps) => {
        let settled: number | undefined;
        for (const turn of turnsIn(steps.at(-1)!.timetable, 0, END)) {
          expect(turn.settledNonce).toBe(settled);
          if (turn.phase === 'REPUTER_WINDOW_CLOSED') settled = turn.nonce;
        }
      }),
    );
  });

  it('can be foretold, and needs no stretch that is over but the latest', () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: 0, max: 200 }), (steps, height) => {
        const { timetable } = steps.at(-1)!;
        const over = timetable.filter((stretch) => (overHeight(stretch) ?? Infinity) <= height);
        const needed = timetable.slice(Math.max(0, over.length - 1));
        expect(turnsIn(needed, height, END)).toEqual(turnsIn(timetable, height, END));
        expect(nextTurnHeight(needed, height)).toBe(turnsIn(timetable, height, END)[0]?.height);
      }),
    );
  });
});
