import { WindowStage } from '@allora/contracts/gen/allora/topics/v1/topics';
import { describe, expect, it } from 'vitest';
import { type KnownStage, stageFor, stageNumber, stageOf, stageOfTold } from './window-stage';

const stages: readonly KnownStage[] = ['OPEN', 'COMMITTED', 'REVEAL', 'CLOSED'];

describe('the stage of a window', () => {
  it('has a number that grows as it goes on, and is known by it', () => {
    expect(stages.map(stageNumber)).toEqual([0, 1, 2, 3]);
    expect(stages.map((stage) => stageOf(stageNumber(stage)))).toEqual(stages);
    expect(() => stageOf(4)).toThrow('no stage 4');
  });

  it('is never REVEAL by the word of another', () => {
    const { SUBMIT, COMMIT, REVEAL, UNSPECIFIED } = WindowStage;
    expect([UNSPECIFIED, SUBMIT, COMMIT, REVEAL].map(stageOfTold)).toEqual([
      'OPEN',
      'OPEN',
      'OPEN',
      'COMMITTED',
    ]);
  });

  it('takes neither commitments nor values while the last commitments are read back', () => {
    expect(stages.map((stage) => stageFor('COMMITMENT', stage))).toEqual([
      'COMMIT',
      'REVEAL',
      'REVEAL',
      'CLOSED',
    ]);
    expect(stages.map((stage) => stageFor('VALUE', stage))).toEqual(['COMMIT', 'COMMIT', 'REVEAL', 'CLOSED']);
  });
});
