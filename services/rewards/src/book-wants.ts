import type { Touches } from '@allora/protocol/economy/touches';

interface DelegationKey {
  readonly topicId: number;
  readonly reputer: string;
  readonly holder: string;
}

interface PoolKey {
  readonly topicId: number;
  readonly reputer: string;
}

/** What a piece of work needs of the economy; whatever is named twice is loaded once. */
export interface Wants {
  readonly accounts: readonly string[];
  readonly topics: readonly number[];
  readonly allTopics: boolean;
  readonly delegations: readonly DelegationKey[];
  /** All delegations to a reputer, with their accounts. */
  readonly delegationsTo: readonly PoolKey[];
  readonly pools: readonly PoolKey[];
  readonly validators: readonly string[];
  /** Removal accounts. */
  readonly removals: readonly string[];
  /** The first of all removals due at a height, with the accounts that they move. */
  readonly dueRemovals: { readonly height: number; readonly limit: number };
  readonly owed: readonly { readonly topicId: number; readonly address: string }[];
  readonly emissions: readonly { readonly topicId: number; readonly nonce: number }[];
  /** Keys of holds, `<account>:<request id>`. */
  readonly holds: readonly string[];
}

const NOTHING: Wants = {
  accounts: [],
  topics: [],
  allTopics: false,
  delegations: [],
  delegationsTo: [],
  pools: [],
  validators: [],
  removals: [],
  dueRemovals: { height: -1, limit: 0 },
  owed: [],
  emissions: [],
  holds: [],
};

export const wants = (some: Partial<Wants>): Wants => ({ ...NOTHING, ...some });

/** What a group of commands needs together. */
export function wantsOf(touches: readonly Touches[]): Wants {
  return wants({
    accounts: unique(touches.flatMap(({ accounts }) => accounts)),
    topics: unique(touches.flatMap(({ topics }) => topics)),
    delegations: touches.flatMap(({ delegations }) => delegations),
    delegationsTo: touches.flatMap(({ allDelegationsOf }) => allDelegationsOf ?? []),
    pools: touches.flatMap(({ pools }) => pools),
    validators: unique(touches.flatMap(({ validators }) => validators)),
    removals: unique(touches.flatMap(({ removals }) => removals)),
    holds: unique(touches.flatMap(({ holds }) => holds)),
  });
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
