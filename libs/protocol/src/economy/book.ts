import type { Posting } from '../ledger/posting';
import type { Decimal18 } from '../reward/fixed-point';

/** Indexes hold what one uallo of stake has earned, times this: fine enough that no remainder is ever felt. */
export const INDEX_SCALE = 10n ** 36n;

/** Rows of one kind that a piece of work was given, and what it made of them. */
export class Rows<V> {
  private readonly rows: Map<string, V>;
  private readonly touched = new Set<string>();

  constructor(loaded: Iterable<readonly [string, V]> = []) {
    this.rows = new Map(loaded);
  }

  get(key: string): V | undefined {
    return this.rows.get(key);
  }

  set(key: string, row: V): void {
    this.rows.set(key, row);
    this.touched.add(key);
  }

  delete(key: string): void {
    this.rows.delete(key);
    this.touched.add(key);
  }

  entries(): IterableIterator<[string, V]> {
    return this.rows.entries();
  }

  /** What is to be stored, in the order in which it was first touched; undefined = deleted. */
  *changes(): Generator<readonly [key: string, row: V | undefined]> {
    for (const key of this.touched) yield [key, this.rows.get(key)];
  }
}

/** A movement of money: balanced postings under a key that never moves money twice. */
export interface Transfer {
  readonly key: string;
  readonly kind: TransferKind;
  readonly topicId?: number;
  readonly nonce?: number;
  readonly postings: readonly Posting[];
}

export type TransferKind =
  | 'genesis'
  | 'faucet'
  | 'transfer'
  | 'stake-deposit'
  | 'delegation'
  | 'redelegation'
  | 'removal'
  | 'removal-cancelled'
  | 'removal-paid'
  | 'delegation-claim'
  | 'validator-stake'
  | 'validator-claim'
  | 'slash'
  | 'topic-creation-fee'
  | 'registration-fee'
  | 'data-fee'
  | 'topic-funding'
  | 'inference-fee'
  | 'inference-hold'
  | 'inference-refund'
  | 'vesting'
  | 'block-emission'
  | 'epoch-emission'
  | 'epoch-rewards';

/** What counts from the epochs after a nonce on, up to the next segment's. */
export interface Segment {
  readonly afterNonce: number;
  readonly sharesUallo: bigint;
  /** Index of the pool right after the payment of `afterNonce`; undefined while that nonce is not paid. */
  readonly startIndex: bigint | undefined;
}

/** What a delegator has earned from one reputer in one topic; how much it delegates stands in the ledger. */
export interface Delegation {
  readonly accruedUallo: bigint;
  /** Settled up to here: where the first segment's earnings start. */
  readonly settledIndex: bigint;
  /** Ascending, at least one; stake counts from the first snapshot after it came, and until the first after it left. */
  readonly segments: readonly Segment[];
}

export interface DelegationPool {
  /** Earned by each delegated uallo so far, times INDEX_SCALE. */
  readonly index: bigint;
  /** Rest of the last division, carried into the next. */
  readonly carry: bigint;
}

export interface Validator {
  readonly accruedUallo: bigint;
  readonly settledIndex: bigint;
}

/** Stake on its way out; its key is the removal account that holds it. */
export interface Removal {
  readonly holder: string;
  /** 0 for a validator's stake, whose reputer is empty. */
  readonly topicId: number;
  readonly reputer: string;
  readonly amountUallo: bigint;
  readonly requestedHeight: number;
  readonly dueHeight: number;
}

/** The fee of an inference request between its payment and its end; the key is `<account>:<request id>`. */
export interface InferenceHold {
  /** SHA-256 of the signed request, lower-case hex. */
  readonly requestHash: string;
  /** 0 for a request that was closed before its fee was ever held. */
  readonly topicId: number;
  readonly feeUallo: bigint;
  /** How many deliveries share the fee. */
  readonly parts: number;
  readonly releasedParts: number;
  readonly releasedUallo: bigint;
  readonly refundedUallo: bigint;
  /** Nothing moves any more. */
  readonly closed: boolean;
}

export interface PendingFee {
  /** First nonce at whose end it counts. */
  readonly countNonce: number;
  readonly amountUallo: bigint;
}

export interface TopicState {
  readonly creator: string;
  readonly epochLengthBlocks: number;
  /** Fees that count, after the drip. */
  readonly feeRevenueUallo: bigint;
  /** Least fee of an inference request. */
  readonly minInferenceFeeUallo: bigint;
  /** Fees that came with an epoch and count from its end on; by nonce, so that it does not matter when they are read. */
  readonly pendingFees: readonly PendingFee[];
  /** Smoothed weight of section 10; null while none was stored. */
  readonly weight: number | null;
  /** Own and delegated stake of all its reputers. */
  readonly stakeUallo: bigint;
  readonly active: boolean;
  /** Latest nonce whose stake snapshot was taken; 0 before the first. */
  readonly takenNonce: number;
  /** Latest nonce that was paid; 0 before the first. */
  readonly paidNonce: number;
}

/** What an ended epoch has to give, and what that was computed from; the key is `<topic>:<nonce>`. */
export interface EpochEmission {
  readonly topicId: number;
  readonly nonce: number;
  readonly height: number;
  readonly epochLengthBlocks: number;
  readonly weight: number;
  readonly totalWeight: number;
  readonly blockEmissionUallo: bigint;
  readonly amountUallo: bigint;
}

export interface NetworkState {
  readonly blocksPerMonth: number;
  /** All blocks up to here are applied. */
  readonly height: number;
  /** e of section 11; null while nothing was ever emitted. */
  readonly rate: Decimal18 | null;
  readonly blockEmissionUallo: bigint;
  readonly ecosystemMintedUallo: bigint;
  /** rho */
  readonly reputersPercent: Decimal18;
  readonly monthRewardsUallo: bigint;
  readonly monthReputersUallo: bigint;
  /** Sum of all topics' stored weights. */
  readonly totalWeight: number;
  readonly topicStakeUallo: bigint;
  readonly validatorStakeUallo: bigint;
  readonly validatorIndex: bigint;
  readonly validatorCarry: bigint;
}

/**
 * The part of the economy that a piece of work needs, loaded, changed in place and stored again. Absent rows are new; a
 * balance not loaded counts as 0, so whoever loads must load all that the work touches.
 */
export interface Book {
  /** By account name. */
  readonly balances: Rows<bigint>;
  /** By `<topic>:<reputer>:<holder>`. */
  readonly delegations: Rows<Delegation>;
  /** By `<topic>:<reputer>`. */
  readonly pools: Rows<DelegationPool>;
  /** By `<topic>:<reputer>:<nonce>`: index right after the payment of the nonce. */
  readonly indexes: Rows<bigint>;
  readonly validators: Rows<Validator>;
  /** By removal account. */
  readonly removals: Rows<Removal>;
  /** By topic id. */
  readonly topics: Rows<TopicState>;
  /** By `<topic>:<address>`: data fees not paid yet, uallo. */
  readonly owed: Rows<bigint>;
  /** By `<topic>:<nonce>`. */
  readonly emissions: Rows<EpochEmission>;
  /** By `<account>:<request id>`. */
  readonly holds: Rows<InferenceHold>;
  network: NetworkState;
  /** Posted by this work, in order. */
  readonly transfers: Transfer[];
}

/** Parameters of the network that the economy runs under. */
export interface EconomyRules {
  readonly removalDelayBlocks: number;
  /** Most removals paid out for each block, so that nobody can stall the others by many of them. */
  readonly removalsPerBlock: number;
  readonly topicCreationFeeUallo: bigint;
  readonly registrationFeeUallo: bigint;
  /** For each submission in a sealed set. */
  readonly dataFeeUallo: bigint;
  readonly minTopicWeight: number;
  /** Heaviest topics paid of those whose epochs end in one block. */
  readonly paidTopicsPerBlock: number;
  readonly operators: ReadonlySet<string>;
}

export const delegationKey = (topicId: number, reputer: string, holder: string): string =>
  `${topicId}:${reputer}:${holder}`;
export const poolKey = (topicId: number, reputer: string): string => `${topicId}:${reputer}`;
export const indexKey = (topicId: number, reputer: string, nonce: number): string =>
  `${topicId}:${reputer}:${nonce}`;
export const owedKey = (topicId: number, address: string): string => `${topicId}:${address}`;
export const emissionKey = (topicId: number, nonce: number): string => `${topicId}:${nonce}`;

export const holdKey = (account: string, requestId: string): string => `${account}:${requestId}`;

/** A book that nothing but the network's own row is loaded into. */
export function emptyBook(network: NetworkState): Book {
  return {
    balances: new Rows(),
    delegations: new Rows(),
    pools: new Rows(),
    indexes: new Rows(),
    validators: new Rows(),
    removals: new Rows(),
    topics: new Rows(),
    owed: new Rows(),
    emissions: new Rows(),
    holds: new Rows(),
    network,
    transfers: [],
  };
}
