import { WindowStage as ToldStage } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { RevealFacts, WindowStage } from '@allora/protocol/ingest/accept-submission';

/**
 * How far the window of a nonce is; it only goes on. Where values are committed to, OPEN takes the commitments, REVEAL the
 * values. In between, COMMITTED takes neither: no commitment counts any more, and not all are read back from the log yet.
 */
const STAGES = ['OPEN', 'COMMITTED', 'REVEAL', 'CLOSED'] as const;

export type KnownStage = (typeof STAGES)[number];

/** Grows as the window goes on. */
export const stageNumber = (stage: KnownStage): number => STAGES.indexOf(stage);

export function stageOf(number: number): KnownStage {
  const stage = STAGES[number];
  if (!stage) throw new Error(`a window has no stage ${number}`);
  return stage;
}

/** Only our own log says that reveals may begin: until then the owner's word means that commitments are over. */
export const stageOfTold = (told: ToldStage): KnownStage =>
  told === ToldStage.REVEAL ? 'COMMITTED' : 'OPEN';

/** What is taken, as one who brings a value or a commitment is told. */
export function stageFor(body: RevealFacts['body'], stage: KnownStage): WindowStage {
  switch (stage) {
    case 'OPEN':
      return 'COMMIT';
    case 'COMMITTED':
      return body === 'COMMITMENT' ? 'REVEAL' : 'COMMIT';
    case 'REVEAL':
    case 'CLOSED':
      return stage;
  }
}
