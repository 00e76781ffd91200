import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reopenEpoch } from './reopening';
import { timetableTurns } from './timetable';

const params = {
  epochLengthBlocks: 10,
  workerWindowBlocks: 4,
  revealWindowBlocks: 0,
  groundTruthLagBlocks: 10,
  reputerWindowBlocks: 3,
};
const timetable = [{ firstNonce: 1, params }];
const unpaid = { settled: true, paid: false, awake: true };

describe('reopening an epoch', () => {
  it('asks its question again at the next height, and counts on from there', () => {
    // Epoch 1 ended at 14 and paid nobody; epoch 11 is open, its workers' window too.
    const reopened = reopenEpoch(timetable, 14, params, unpaid);
    expect(reopened).toMatchObject({ kind: 'reopened', nonce: 15 });
    if (reopened.kind !== 'reopened') return;
    const opened = timetableTurns(reopened.timetable, { fromHeightExclusive: 0, toHeightInclusive: 40 })
      .filter(({ phase }) => phase === 'WORKER_WINDOW_OPENED')
      .map(({ nonce }) => nonce);
    expect(opened).toEqual([1, 11, 15, 25, 35]);
  });

  it('waits until the workers are not asked about another epoch', () => {
    expect(reopenEpoch(timetable, 21, params, unpaid)).toMatchObject({ nonce: 25 });
  });

  it.each([
    [{ ...unpaid, settled: false }, 'NOT_SETTLED'],
    [{ ...unpaid, paid: true }, 'PAID'],
    [{ ...unpaid, awake: false }, 'TOPIC_ASLEEP'],
  ])('is refused where it would change what was decided: %o', (epoch, reason) => {
    expect(reopenEpoch(timetable, 14, params, epoch)).toEqual({ kind: 'refused', reason });
  });

  it('changes nothing that was told, keeps windows apart and epochs in order, and gains no epoch', () => {
    const lengths = fc
      .record({
        epochLengthBlocks: fc.integer({ min: 1, max: 12 }),
        groundTruthLagBlocks: fc.integer({ min: 1, max: 30 }),
        reputerWindowBlocks: fc.integer({ min: 1, max: 12 }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      })
      .map(({ share, ...given }) => {
        const most = Math.min(given.epochLengthBlocks, given.groundTruthLagBlocks);
        return { ...given, revealWindowBlocks: 0, workerWindowBlocks: 1 + Math.floor(share * (most - 1)) };
      });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 80 }), (own, height) => {
        const before = [{ firstNonce: 1, params: own }];
        const reopened = reopenEpoch(before, height, own, unpaid);
        if (reopened.kind !== 'reopened') throw new Error('it is awake and settled');
        const told = { fromHeightExclusive: 0, toHeightInclusive: height };
        expect(timetableTurns(reopened.timetable, told)).toEqual(timetableTurns(before, told));
        const end = height + 100;
        const turns = timetableTurns(reopened.timetable, { fromHeightExclusive: 0, toHeightInclusive: end });
        for (const phase of ['WORKER_WINDOW_OPENED', 'REPUTER_WINDOW_CLOSED'] as const) {
          const nonces = turns.filter((turn) => turn.phase === phase).map(({ nonce }) => nonce);
          expect(nonces).toEqual([...nonces].sort((a, b) => a - b));
        }
        const opened = turns
          .filter(({ phase }) => phase === 'WORKER_WINDOW_OPENED')
          .map(({ nonce }) => nonce);
        opened
          .slice(1)
          .forEach((nonce, n) => expect(nonce - opened[n]!).toBeGreaterThanOrEqual(own.workerWindowBlocks));
        // Without the one that paid nobody there are no more epochs than in the rhythm.
        expect(opened.length - 1).toBeLessThanOrEqual(Math.ceil(end / own.epochLengthBlocks));
      }),
    );
  });
});
