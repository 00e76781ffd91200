import type { NetworkInference as ToldInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { PastEpoch as PastInputs } from '@allora/protocol/explain/what-if';
import type { PastEpoch } from '../explain/past-epochs.store';
import { recheckEpoch } from '../explain/recheck';
import { actualEpoch } from '../simulate/recheck-simulation';

export interface VerifiedStep {
  readonly step: string;
  readonly holds: boolean;
  /** What does not hold; null when all does. */
  readonly fault: string | null;
}

export interface VerifiedEpoch {
  readonly topicId: number;
  readonly nonce: number;
  readonly verified: boolean;
  readonly steps: readonly VerifiedStep[];
}

/** Computes a settled epoch once more from its stored inputs, through the same rules, and compares every bit and every uallo. */
export function verifyEpoch(past: PastEpoch, inputs: PastInputs, told: ToldInference): VerifiedEpoch {
  const { topicId, nonce } = past.settled.scores;
  const steps = [
    tried('inference, weights, losses, scores and rewards from the submitted values', () =>
      actualEpoch(past, inputs, told),
    ),
    tried('rewards from the told scores, and the ledger’s postings for them', () => recheckEpoch(past)),
  ];
  return { topicId, nonce, verified: steps.every(({ holds }) => holds), steps };
}

function tried(step: string, work: () => unknown): VerifiedStep {
  try {
    work();
    return { step, holds: true, fault: null };
  } catch (error) {
    return { step, holds: false, fault: error instanceof Error ? error.message : String(error) };
  }
}
