/** What accounts do with what they own; amounts in whole uallo above zero, addresses checked before. */
export type Command =
  | { readonly kind: 'transfer'; readonly from: string; readonly to: string; readonly amountUallo: bigint }
  /** Out of the faucet, on test networks. */
  | { readonly kind: 'faucet'; readonly to: string; readonly amountUallo: bigint }
  | {
      readonly kind: 'stake';
      readonly reputer: string;
      readonly topicId: number;
      readonly amountUallo: bigint;
    }
  | {
      readonly kind: 'delegate';
      readonly holder: string;
      readonly topicId: number;
      readonly reputer: string;
      readonly amountUallo: bigint;
    }
  /** Of own stake where the holder is the reputer, else of a delegation. */
  | {
      readonly kind: 'remove-stake';
      readonly holder: string;
      readonly topicId: number;
      readonly reputer: string;
      readonly amountUallo: bigint;
    }
  | {
      readonly kind: 'cancel-removal';
      readonly holder: string;
      readonly topicId: number;
      readonly reputer: string;
    }
  | {
      readonly kind: 'redelegate';
      readonly holder: string;
      readonly topicId: number;
      readonly reputer: string;
      readonly toTopicId: number;
      readonly toReputer: string;
      readonly amountUallo: bigint;
    }
  | {
      readonly kind: 'claim-delegation-rewards';
      readonly holder: string;
      readonly topicId: number;
      readonly reputer: string;
    }
  | {
      readonly kind: 'fund-topic';
      readonly from: string;
      readonly topicId: number;
      readonly amountUallo: bigint;
    }
  | {
      readonly kind: 'pay-inference';
      readonly from: string;
      readonly topicId: number;
      readonly amountUallo: bigint;
    }
  /** A fee is taken and held, to be shared by so many deliveries. */
  | {
      readonly kind: 'hold-inference-fee';
      readonly from: string;
      readonly requestId: string;
      readonly requestHash: string;
      readonly topicId: number;
      readonly feeUallo: bigint;
      readonly parts: number;
    }
  /** An inference was delivered: its part of what is held becomes revenue of the topic. */
  | {
      readonly kind: 'release-inference-fee';
      readonly account: string;
      readonly requestId: string;
      readonly requestHash: string;
      readonly topicId: number;
      /** From 1; in order. */
      readonly part: number;
    }
  /** Nothing more is delivered: what is held goes back, and nothing is held under this request any more. */
  | {
      readonly kind: 'refund-inference-fee';
      readonly account: string;
      readonly requestId: string;
      readonly requestHash: string;
    }
  | { readonly kind: 'stake-validator'; readonly validator: string; readonly amountUallo: bigint }
  | { readonly kind: 'remove-validator-stake'; readonly validator: string; readonly amountUallo: bigint }
  | { readonly kind: 'cancel-validator-removal'; readonly validator: string }
  | { readonly kind: 'claim-validator-rewards'; readonly validator: string }
  /** A part of a reputer's own stake and of each delegation to it goes to the treasury. */
  | {
      readonly kind: 'slash';
      readonly operator: string;
      readonly topicId: number;
      readonly reputer: string;
      readonly partsPerMillion: number;
    }
  /** The topic's id is not known yet; the fee becomes its first revenue when the topic is told. */
  | { readonly kind: 'topic-creation-fee'; readonly from: string }
  | {
      readonly kind: 'registration-fee';
      readonly from: string;
      readonly topicId: number;
      readonly role: 'worker' | 'reputer';
    };

export type CommandKind = Command['kind'];

export type CommandOf<K extends CommandKind> = Extract<Command, { readonly kind: K }>;

export type CommandRefusal =
  | {
      readonly code: 'INSUFFICIENT_BALANCE';
      readonly account: string;
      readonly balanceUallo: bigint;
      readonly neededUallo: bigint;
    }
  | { readonly code: 'UNKNOWN_TOPIC'; readonly topicId: number }
  /** The amount is not above zero, the sender pays itself, or a reputer delegates to itself. */
  | { readonly code: 'VALUE_NOT_ALLOWED'; readonly detail: string }
  | { readonly code: 'NO_SUCH_REPUTER'; readonly topicId: number; readonly reputer: string }
  | { readonly code: 'REMOVAL_PENDING'; readonly account: string; readonly dueHeight: number }
  | { readonly code: 'NO_REMOVAL'; readonly account: string }
  | { readonly code: 'NOTHING_TO_CLAIM' }
  | { readonly code: 'NOT_AN_OPERATOR'; readonly address: string }
  | {
      readonly code: 'FEE_BELOW_MINIMUM';
      readonly topicId: number;
      readonly feeUallo: bigint;
      readonly minFeeUallo: bigint;
    }
  /** Nothing is held under the request that would allow this. */
  | {
      readonly code: 'NO_HOLD';
      readonly account: string;
      readonly requestId: string;
      readonly detail: string;
    };

export type CommandOutcome =
  | {
      readonly accepted: true;
      /** What it moved. */
      readonly movedUallo: bigint;
      /** Height from which a removal is paid out. */
      readonly dueHeight?: number;
    }
  | ({ readonly accepted: false } & CommandRefusal);
