import type { Command, CommandRefusal } from '@allora/protocol/economy/commands';
import type { Fraction } from './fraction';

export type RefusalCode = CommandRefusal['code'];

export interface ModelRules {
  readonly removalDelayBlocks: number;
  readonly removalsPerBlock: number;
  readonly topicCreationFeeUallo: bigint;
  readonly registrationFeeUallo: bigint;
  readonly dataFeeUallo: bigint;
  readonly minTopicWeight: number;
  readonly paidTopicsPerBlock: number;
  readonly operators: ReadonlySet<string>;
}

export interface ModelRemoval {
  readonly holder: string;
  readonly amountUallo: bigint;
  readonly dueHeight: number;
  /** Where a cancellation puts it back. */
  readonly backTo: string;
}

/** Stakes of a topic as they were when a snapshot was taken: of each reputer its own and by holder. */
export type ModelSnapshot = ReadonlyMap<
  string,
  { readonly ownUallo: bigint; readonly byHolder: ReadonlyMap<string, bigint> }
>;

export interface ModelTopic {
  epochLengthBlocks: number;
  feeRevenueUallo: bigint;
  /** Fees that came with epochs, by the nonce at whose end they begin to count. */
  readonly pendingFees: Map<number, bigint>;
  weight: number | null;
  active: boolean;
  readonly snapshots: Map<number, ModelSnapshot>;
}

/** What somebody has earned by sharing, exactly, and what of it was paid out. */
export interface ModelEarnings {
  exact: Fraction;
  claimedUallo: bigint;
  /** How often the ledger may have cut off a part of a uallo. */
  cuts: bigint;
}

export interface Result {
  readonly accepted: boolean;
  readonly code?: string;
  readonly movedUallo?: bigint;
  readonly dueHeight?: number;
}

export const participant = (address: string): string => `participant:${address}`;
export const stake = (topicId: number, reputer: string): string => `stake:${topicId}:${reputer}`;
export const delegation = (topicId: number, reputer: string, holder: string): string =>
  `delegation:${topicId}:${reputer}:${holder}`;
export const pot = (topicId: number, reputer: string): string => `delegator-rewards:${topicId}:${reputer}`;
export const validatorStake = (address: string): string => `validator-stake:${address}`;
export const removalOf = (topicId: number, reputer: string, holder: string): string =>
  `removal:${topicId}:${reputer}:${holder}`;
export const validatorRemoval = (address: string): string => `validator-removal:${address}`;

export interface Claim {
  readonly from: string;
  /** Of the earnings. */
  readonly name: string;
  readonly owner: string;
}

export function claimOf(command: Command): Claim | undefined {
  if (command.kind === 'claim-validator-rewards') {
    const { validator } = command;
    return { from: 'validators-pool', name: validatorStake(validator), owner: validator };
  }
  if (command.kind !== 'claim-delegation-rewards') return undefined;
  const { topicId, reputer, holder } = command;
  return { from: pot(topicId, reputer), name: delegation(topicId, reputer, holder), owner: holder };
}

export const heldIn = (topicId: number, reputer: string, holder: string): string =>
  holder === reputer ? stake(topicId, reputer) : delegation(topicId, reputer, holder);
