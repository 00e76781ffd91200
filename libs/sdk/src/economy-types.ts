/** Of every command: chosen by the author, random unless given; the same id again changes nothing and answers as the first time. */
export interface Requested {
  readonly requestId?: string;
}

export interface AmountRequest extends Requested {
  /** Whole uallo, above zero. */
  readonly amountUallo: bigint;
}

export interface TransferRequest extends AmountRequest {
  readonly to: string;
}

export interface TopicPaymentRequest extends AmountRequest {
  readonly topicId: number;
}

export interface ReputerRequest extends Requested {
  readonly topicId: number;
  readonly reputer: string;
}

export interface ReputerStakeRequest extends ReputerRequest, AmountRequest {}

export interface RedelegateRequest extends ReputerStakeRequest {
  readonly toTopicId: number;
  readonly toReputer: string;
}

export interface SlashRequest extends ReputerRequest {
  readonly partsPerMillion: number;
}

export interface CommandOutcome {
  readonly author: string;
  readonly requestId: string;
  /** Name of the command, such as fund_topic. */
  readonly command: string;
  /** The amount asked for, or what there was to claim or to take. */
  readonly movedUallo: bigint;
  /** Height from which a removal is paid out; null for other commands. */
  readonly dueHeight: number | null;
  /** Block height at which it took effect. */
  readonly height: number;
}

/** Everything that an address has in the economy. */
export interface AccountState {
  readonly address: string;
  readonly balanceUallo: bigint;
  /** Its own stakes as a reputer, and what others delegate to it. */
  readonly stakes: readonly TopicStake[];
  readonly delegations: readonly DelegationState[];
  readonly removals: readonly RemovalState[];
  /** Null for who never staked as a validator. */
  readonly validator: { readonly stakeUallo: bigint; readonly claimableUallo: bigint } | null;
  /** Data fees that it could not pay; kept back from its next rewards in the topic. */
  readonly owedFees: readonly { readonly topicId: number; readonly amountUallo: bigint }[];
}

interface StakeAmounts {
  readonly ownUallo: bigint;
  readonly delegatedUallo: bigint;
  /** Both together. */
  readonly stakeUallo: bigint;
}

export interface TopicStake extends StakeAmounts {
  readonly topicId: number;
}

export interface ReputerStake extends StakeAmounts {
  readonly reputer: string;
}

export interface DelegationState {
  readonly topicId: number;
  readonly reputer: string;
  readonly amountUallo: bigint;
  readonly claimableUallo: bigint;
}

export interface RemovalState {
  readonly kind: 'stake' | 'delegation' | 'validator';
  /** Null of a validator's stake. */
  readonly topicId: number | null;
  readonly reputer: string | null;
  readonly amountUallo: bigint;
  readonly requestedHeight: number;
  readonly dueHeight: number;
}

export interface Statement {
  readonly address: string;
  /** Newest first. */
  readonly postings: readonly StatementLine[];
  /** Asks for what came before; null at the end. */
  readonly before: number | null;
}

export interface StatementLine {
  readonly transferId: number;
  /** Such as epoch-rewards. */
  readonly kind: string;
  readonly topicId: number | null;
  readonly nonce: number | null;
  /** Full name of the account that was moved, of those the address owns. */
  readonly account: string;
  readonly amountUallo: bigint;
  readonly atMs: number;
}

export interface Supply {
  /** All blocks up to here are applied. */
  readonly height: number;
  /** Issued by the genesis and by emission since. */
  readonly totalUallo: bigint;
  readonly circulatingUallo: bigint;
  readonly stakedUallo: bigint;
  /** Of vesting. */
  readonly lockedUallo: bigint;
  readonly treasuryUallo: bigint;
  readonly genesisUallo: bigint;
  /** Minted by emission. */
  readonly emittedUallo: bigint;
  /** What emission may still mint. */
  readonly mintableUallo: bigint;
  readonly maxUallo: bigint;
  /** All that was ever issued, and what all accounts hold of it: the same. */
  readonly mintedUallo: bigint;
  readonly heldUallo: bigint;
  /** Sum of all accounts less what genesis and emission issued: 0, or the ledger is broken. */
  readonly conservationErrorUallo: bigint;
}

export interface Emission {
  /** All blocks up to here are applied. */
  readonly height: number;
  readonly blocksPerMonth: number;
  readonly blockEmissionUallo: bigint;
  readonly ecosystemMintedUallo: bigint;
  /** The latest, in ascending order. */
  readonly months: readonly EmissionMonth[];
}

/** Emission as it was set at a month's first block, with what it was computed from. */
export interface EmissionMonth {
  readonly height: number;
  readonly month: number;
  /** Of what is staked, a month, smoothed; exact, as decimal text of 18 places. */
  readonly rate: string;
  readonly emissionUallo: bigint;
  readonly blockEmissionUallo: bigint;
  readonly stakedUallo: bigint;
  readonly circulatingUallo: bigint;
  readonly lockedVestingUallo: bigint;
  readonly treasuryUallo: bigint;
  readonly ecosystemMintedUallo: bigint;
  /** The reputers' share of last month's rewards, as `rate` is written. */
  readonly reputersPercent: string;
}

/** How a topic stands in the economy. */
export interface TopicEconomy {
  readonly topicId: number;
  readonly creator: string;
  readonly epochLengthBlocks: number;
  /** Fees that still count, after the drip. */
  readonly feeRevenueUallo: bigint;
  /** Null until its first epoch has ended. */
  readonly weight: number | null;
  readonly stakeUallo: bigint;
  readonly active: boolean;
  /** Latest nonce whose stake snapshot was taken; 0 before the first. */
  readonly takenNonce: number;
  /** Latest nonce that was paid; 0 before the first. */
  readonly paidNonce: number;
  /** Of all topics. */
  readonly totalWeight: number;
  readonly height: number;
}
