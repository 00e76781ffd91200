import type { Requested } from './economy-types';
import type { SignedStatement } from './inference-statement';

/** The next epoch, the latest now, or so many epochs from the next one on. */
export type PurchaseKind =
  | { readonly kind: 'next-epoch' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'subscription'; readonly epochs: number };

export interface PurchaseRequest extends Requested {
  readonly topicId: number;
  /** Whole uallo for all that is bought together, as much as the buyer wants; 0 where the topic allows it. */
  readonly feeUallo: bigint;
  readonly purchase: PurchaseKind;
  /** After so many blocks what was not delivered is refunded; what fits the purchase unless given. */
  readonly maxWaitBlocks?: number;
}

export interface BoughtInference extends SignedStatement {
  readonly statement: {
    readonly topicId: number;
    readonly nonce: number;
    /** Decimal text. */
    readonly value: string;
    readonly part: number;
  };
  readonly publicKey: string;
  readonly chargedUallo: bigint;
  readonly ledgerKey: string;
  /** The same for contracts, for each that the network signs for. */
  readonly evm: readonly Readonly<Record<string, unknown>>[];
}

export interface PurchaseState {
  /** SHA-256 of the signed request. */
  readonly id: string;
  readonly state: 'received' | 'held' | 'delivering' | 'closing' | 'fulfilled' | 'refunded' | 'refused';
  /** At most 100 at once, in the order of their parts. */
  readonly inferences: readonly BoughtInference[];
  readonly receipt: {
    readonly feeUallo: bigint;
    readonly chargedUallo: bigint;
    readonly refundedUallo: bigint;
    readonly heldUallo: bigint;
    readonly holdLedgerKey: string;
    readonly refundLedgerKey: string;
  };
  /** Why it ended without all of its inferences. */
  readonly reason: { readonly code: string; readonly detail: string } | null;
}

export interface PriceGuide {
  readonly topicId: number;
  readonly minFeeUallo: bigint;
  readonly minWeight: number;
  readonly now: PricedFee;
  /** 0 for an active topic; null when no fee is enough. */
  readonly activatingFeeUallo: bigint | null;
  readonly fees: readonly PricedFee[];
}

export interface PricedFee {
  readonly feeUallo: bigint;
  readonly weight: number;
  readonly share: number;
  readonly epochEmissionUallo: number;
  readonly active: boolean;
}
