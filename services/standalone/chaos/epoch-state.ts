import { createHash } from 'node:crypto';
import type { MessageFns } from '@allora/contracts/catalog';
import type { EpochRewards } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { TopicNonce } from './final-state';

export const epochParts = ['inference', 'losses', 'scores', 'rewards'] as const;
export type EpochPart = (typeof epochParts)[number];

/** A fact about an epoch, by the digest of its bytes; second copies of one event are left out. */
export interface Told extends TopicNonce {
  readonly atMs: number;
  readonly digest: string;
}

/** An answer of the gateway. */
export interface Read extends TopicNonce {
  readonly part: EpochPart;
  readonly digest: string;
}

export interface LedgerTransfer {
  readonly key: string;
  readonly kind: string;
  readonly lines: readonly { readonly account: string; readonly amountUallo: bigint }[];
}

export interface DeadLetterFact {
  readonly service: string;
  readonly topic: string;
  readonly key: string;
  readonly error: string;
}

/** What is there after the faults, of whole epochs. */
export interface EpochState {
  /** Epochs whose reputer window was told closed: each must be settled. */
  readonly closed: readonly Told[];
  /** In log order of each topic. */
  readonly told: Readonly<Record<EpochPart | 'stake_snapshot' | 'loss_set', readonly Told[]>>;
  readonly rewards: readonly EpochRewards[];
  readonly transfers: readonly LedgerTransfer[];
  readonly balances: ReadonlyMap<string, bigint>;
  readonly supply: { readonly mintedUallo: bigint; readonly heldUallo: bigint };
  /** Answers of the gateway, during the faults and after. */
  readonly reads: readonly Read[];
}

export const digestOf = <T>(message: MessageFns<T>, value: T): string =>
  createHash('sha256').update(message.encode(value).finish()).digest('hex').slice(0, 16);
