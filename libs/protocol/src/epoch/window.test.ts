import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blockHeightAt,
  type EpochRhythm,
  epochTurns,
  type EpochTurn,
  nextTurnHeight,
  TURN_PHASES,
} from './window';

const rhythmOf = (
  firstNonce: number,
  length: number,
  worker: number,
  lag: number,
  reputer: number,
  reveal = 0,
): EpochRhythm => ({
  firstNonce,
  params: {
    epochLengthBlocks: length,
    workerWindowBlocks: worker,
    groundTruthLagBlocks: lag,
    reputerWindowBlocks: reputer,
    revealWindowBlocks: reveal,
  },
});
const turnsIn = (rhythm: EpochRhythm, from: number, to: number) =>
  epochTurns(rhythm, { fromHeightExclusive: from, toHeightInclusive: to });
const brief = (turn: EpochTurn) => `${turn.height} ${turn.phase} ${turn.nonce}`;

const rhythms = fc
  .record({
    firstNonce: fc.integer({ min: 1, max: 50 }),
    length: fc.integer({ min: 1, max: 20 }),
    worker: fc.integer({ min: 1, max: 20 }),
    lag: fc.integer({ min: 1, max: 60 }),
    reputer: fc.integer({ min: 1, max: 60 }),
    // One in three topics takes no commitments.
    reveal: fc.oneof(
      { weight: 1, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 20 }) },
    ),
  })
  .map(({ firstNonce, length, worker, lag, reputer, reveal }) => {
    const workerBlocks = Math.min(worker, length, lag);
    const revealBlocks = Math.min(reveal, Math.min(length, lag) - workerBlocks);
    return rhythmOf(firstNonce, length, workerBlocks, lag, reputer, revealBlocks);
  });

describe('turns of an epoch', () => {
  const rhythm = rhythmOf(10, 10, 3, 5, 2);

  it.each([
    ['one before the nonce', 8, 9, []],
    ['at the nonce', 9, 10, ['10 WORKER_WINDOW_OPENED 10']],
    ['one after the nonce', 10, 11, []],
    ['one before the worker window ends', 11, 12, []],
    ['at the end of the worker window', 12, 13, ['13 WORKER_WINDOW_CLOSED 10']],
    ['one after it', 13, 14, []],
    ['at the lag', 14, 15, ['15 REPUTER_WINDOW_OPENED 10']],
    ['at the end of the reputer window', 16, 17, ['17 REPUTER_WINDOW_CLOSED 10']],
    ['one after it', 17, 18, []],
    ['at the next nonce', 19, 20, ['20 WORKER_WINDOW_OPENED 20']],
    ['in an empty range', 20, 20, []],
  ])('%s', (_, from, to, expected) => {
    expect(turnsIn(rhythm, from, to).map(brief)).toEqual(expected);
  });

  it('say when their window closes', () => {
    expect(turnsIn(rhythm, 9, 17).map((turn) => turn.closesHeight)).toEqual([13, 13, 17, 17]);
  });

  it('name the epoch that was settled before them, never their own', () => {
    const told = turnsIn(rhythm, 16, 27).map((turn) => [brief(turn), turn.settledNonce]);
    expect(told).toEqual([
      ['17 REPUTER_WINDOW_CLOSED 10', undefined],
      ['20 WORKER_WINDOW_OPENED 20', 10],
      ['23 WORKER_WINDOW_CLOSED 20', 10],
      ['25 REPUTER_WINDOW_OPENED 20', 10],
      ['27 REPUTER_WINDOW_CLOSED 20', 10],
    ]);
  });

  it('on one height go from what closes to what opens', () => {
    const crowded = rhythmOf(1, 4, 4, 4, 4);
    expect(turnsIn(crowded, 8, 9).map((turn) => [brief(turn), turn.settledNonce])).toEqual([
      ['9 REPUTER_WINDOW_CLOSED 1', undefined],
      ['9 WORKER_WINDOW_CLOSED 5', 1],
      ['9 REPUTER_WINDOW_OPENED 5', 1],
      ['9 WORKER_WINDOW_OPENED 9', 1],
    ]);
  });

  describe('with reveals', () => {
    // Commitments in [10, 13), reveals in [13, 15), losses in [16, 18).
    const revealing = rhythmOf(10, 10, 3, 6, 2, 2);

    it.each([
      ['one before the nonce', 8, 9, []],
      ['at the nonce commitments begin', 9, 10, ['10 WORKER_WINDOW_OPENED 10']],
      ['one before the commitments end', 11, 12, []],
      ['at their end reveals begin', 12, 13, ['13 REVEAL_WINDOW_OPENED 10']],
      ['one before the reveals end', 13, 14, []],
      ['at their end the worker window closes', 14, 15, ['15 WORKER_WINDOW_CLOSED 10']],
      ['one after it', 15, 15, []],
      ['at the lag', 15, 16, ['16 REPUTER_WINDOW_OPENED 10']],
    ])('%s', (_, from, to, expected) => {
      expect(turnsIn(revealing, from, to).map(brief)).toEqual(expected);
    });

    it('an opening says when that window ends: of commitments, where the reveals begin', () => {
      expect(turnsIn(revealing, 9, 18).map((turn) => turn.closesHeight)).toEqual([13, 15, 15, 18, 18]);
    });

    it('fill an epoch to its end: the last one closes before the next one opens', () => {
      const full = rhythmOf(1, 4, 2, 4, 2, 2);
      expect(turnsIn(full, 4, 7).map((turn) => [brief(turn), turn.settledNonce])).toEqual([
        ['5 WORKER_WINDOW_CLOSED 1', undefined],
        ['5 REPUTER_WINDOW_OPENED 1', undefined],
        ['5 WORKER_WINDOW_OPENED 5', undefined],
        ['7 REPUTER_WINDOW_CLOSED 1', undefined],
        ['7 REVEAL_WINDOW_OPENED 5', 1],
      ]);
    });

    it('open on the height of a reputer window before it does', () => {
      const meeting = rhythmOf(1, 4, 1, 5, 4, 2);
      expect(turnsIn(meeting, 9, 10).map(brief)).toEqual([
        '10 REPUTER_WINDOW_CLOSED 1',
        '10 REVEAL_WINDOW_OPENED 9',
        '10 REPUTER_WINDOW_OPENED 5',
      ]);
    });

    it('change nothing but the height at which workers end', () => {
      fc.assert(
        fc.property(rhythms, ({ firstNonce, params }) => {
          const { epochLengthBlocks, workerWindowBlocks, revealWindowBlocks } = params;
          const { groundTruthLagBlocks: lag, reputerWindowBlocks: reputer } = params;
          const workers = workerWindowBlocks + revealWindowBlocks;
          const plain = rhythmOf(firstNonce, epochLengthBlocks, workers, lag, reputer);
          const withoutCloses = ({ nonce, phase, height, settledNonce }: EpochTurn) => ({
            ...{ nonce, phase, height, settledNonce },
          });
          const told = turnsIn({ firstNonce, params }, 0, 150);
          expect(told.filter(({ phase }) => phase !== 'REVEAL_WINDOW_OPENED').map(withoutCloses)).toEqual(
            turnsIn(plain, 0, 150).map(withoutCloses),
          );
        }),
      );
    });
  });

  it('of several epochs are open at once when the lag is no multiple of the epoch length', () => {
    const overlapping = rhythmOf(1, 4, 2, 7, 6);
    expect(turnsIn(overlapping, 7, 14).map(brief)).toEqual([
      '8 REPUTER_WINDOW_OPENED 1',
      '9 WORKER_WINDOW_OPENED 9',
      '11 WORKER_WINDOW_CLOSED 9',
      '12 REPUTER_WINDOW_OPENED 5',
      '13 WORKER_WINDOW_OPENED 13',
      '14 REPUTER_WINDOW_CLOSED 1',
    ]);
  });

  it('are the same in pieces as at once', () => {
    fc.assert(
      fc.property(rhythms, fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 }), (any, steps) => {
        let height = 0;
        const pieces: EpochTurn[] = [];
        for (const step of steps) {
          pieces.push(...turnsIn(any, height, height + step));
          height += step;
        }
        expect(pieces).toEqual(turnsIn(any, 0, height));
      }),
    );
  });

  it('match a naive walk over heights and nonces', () => {
    fc.assert(
      fc.property(rhythms, (any) => {
        const { epochLengthBlocks: length, workerWindowBlocks, revealWindowBlocks } = any.params;
        const { groundTruthLagBlocks, reputerWindowBlocks } = any.params;
        const offsets = [
          groundTruthLagBlocks + reputerWindowBlocks,
          workerWindowBlocks + revealWindowBlocks,
          workerWindowBlocks,
          groundTruthLagBlocks,
          0,
        ];
        const expected: string[] = [];
        const settled: (number | undefined)[] = [];
        let latest: number | undefined;
        for (let height = 0; height <= 150; height += 1) {
          for (const [rank, offset] of offsets.entries()) {
            if (TURN_PHASES[rank] === 'REVEAL_WINDOW_OPENED' && revealWindowBlocks === 0) continue;
            for (let nonce = any.firstNonce; nonce <= height; nonce += length) {
              if (nonce + offset !== height) continue;
              expected.push(`${height} ${TURN_PHASES[rank]} ${nonce}`);
              settled.push(latest);
              if (rank === 0) latest = nonce;
            }
          }
        }
        const turns = turnsIn(any, 0, 150);
        expect(turns.map(brief)).toEqual(expected);
        expect(turns.map((turn) => turn.settledNonce)).toEqual(settled);
      }),
      { numRuns: 50 },
    );
  });

  it('can be foretold', () => {
    fc.assert(
      fc.property(rhythms, fc.integer({ min: 0, max: 200 }), (any, height) => {
        expect(nextTurnHeight(any, height)).toBe(turnsIn(any, height, height + 250)[0]?.height);
      }),
    );
  });
});

describe('block height', () => {
  it.each([
    [999, 0],
    [1000, 0],
    [1499, 0],
    [1500, 1],
    [2499, 2],
    [2500, 3],
  ])('at %i ms is %i', (nowMs, height) => {
    expect(blockHeightAt({ nowMs, genesisMs: 1000, blockIntervalMs: 500 })).toBe(height);
  });
});
