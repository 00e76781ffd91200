import type { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { EpochScores, NetworkLosses } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { EpochRewards } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { LossSubmission } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { Topic, TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { AmountRequest, Requested } from './economy-types';
import type { OtherKey } from './receipt';

export type { EpochRewards, EpochScores, NetworkInference, NetworkLosses, Receipt, Topic, TopicParams };

/** The latest network inference with what the gateway derives from it; null for what is not known (yet). */
export interface LatestInference extends NetworkInference {
  /** How many workers of equal weight would be as concentrated; null without weights. */
  readonly effectiveWorkers: number | null;
  readonly interval68: readonly [number, number] | null;
  readonly interval95: readonly [number, number] | null;
  readonly times: {
    readonly workerWindowOpenedMs: number | null;
    readonly workerWindowClosedMs: number | null;
    readonly inferenceMs: number | null;
  };
}

export type RoleName = 'worker' | 'reputer';

export interface Window {
  readonly nonce: number;
  readonly role: RoleName;
  /** What is taken: values; or commitments first, and then the values that were committed to. */
  readonly stage: 'submit' | 'commit' | 'reveal';
  readonly openedHeight: number;
  /** Exclusive. */
  readonly closesHeight: number;
}

export interface Windows {
  readonly topicId: number;
  readonly height: number;
  readonly windows: readonly Window[];
}

export interface Registered {
  readonly topicId: number;
  readonly address: string;
  readonly role: RoleName;
  /** Since when it stands as it does. */
  readonly height: number;
  readonly shadow: boolean;
}

export interface Standing {
  /** Of a worker: its answers are scored, but neither weighted nor paid. */
  readonly shadow?: boolean | undefined;
}

export interface Network {
  readonly chainId: string;
  /** Compressed, hex: what receipts are signed with. */
  readonly networkPublicKey: string;
  /** That one, the next one if there is one, and former ones. */
  readonly receiptsVerifiableWith: readonly string[];
  /** When it signs with those that it does not sign with now. */
  readonly otherKeys: readonly OtherKey[];
  /** Null while the ledger is away. */
  readonly fees: Fees | null;
}

/** What is charged beside stakes, in uallo. */
export interface Fees {
  readonly topicCreationUallo: bigint;
  readonly registrationUallo: bigint;
  /** Of a submission that is in its epoch's set. */
  readonly submissionUallo: bigint;
}

/** How far a submission has come; null for what does not apply. */
export interface SubmissionStatus {
  readonly hash: string;
  readonly kind: 'inference' | 'forecast' | 'loss' | 'inference_commitment' | 'forecast_commitment';
  readonly topicId: number;
  readonly nonce: number;
  readonly author: string;
  readonly position: { readonly partition: number; readonly offset: number; readonly index: number };
  readonly acceptedAtMs: number;
  /**
   * accepted: on the log; in_set: before the seal; then active, or not_active with a reason. late and superseded are final. A
   * commitment stays in_set: what becomes of its value is asked by the value's own hash.
   */
  readonly state: 'accepted' | 'in_set' | 'late' | 'superseded' | 'not_active' | 'active';
  readonly supersededBy: string | null;
  /** Of not_active, such as SORTITION_RANK. */
  readonly reason: string | null;
  readonly rank: number | null;
  readonly emaScore: number | null;
  readonly activeLimit: number | null;
  /** Of losses: values left out of the bundle, the first of them. */
  readonly dropped: readonly { readonly field: string; readonly worker: string; readonly reason: string }[];
  readonly droppedCount: number;
  /** Of `verifyReceipt`, should the receipt itself have been lost. */
  readonly receipt: Receipt;
}

/** Everything known of an epoch; what is not there yet is null. */
export interface Epoch {
  readonly topicId: number;
  readonly nonce: number;
  readonly inference: NetworkInference | null;
  readonly losses: NetworkLosses | null;
  readonly scores: EpochScores | null;
  readonly rewards: EpochRewards | null;
}

export type EpochPart = 'inference' | 'losses' | 'scores' | 'rewards';

export interface TopicRequest extends Requested {
  readonly metadata: string;
  readonly lossMethod: string;
  readonly params: TopicParams;
}

/** What is left out stays as it is. */
export interface TopicChangeRequest extends Requested {
  readonly topicId: number;
  readonly metadata?: string;
  readonly lossMethod?: string;
  readonly params?: Readonly<Partial<TopicParams>>;
}

export interface InferenceRequest {
  readonly topicId: number;
  readonly nonce: number;
  /** Decimal text: the text is what is signed, hashed and shown. */
  readonly value: string;
}

export interface ForecastRequest {
  readonly topicId: number;
  readonly nonce: number;
  /** Forecast log10 loss of each inferer. */
  readonly elements: readonly { readonly inferer: string; readonly value: string }[];
}

/** A reputer's log10 losses of everything in an epoch's network inference, as decimal text. */
export type LossesRequest = Omit<LossSubmission, 'reputer'>;

export interface StakeRequest extends AmountRequest {
  readonly topicId: number;
}

export interface FaucetRequest extends AmountRequest {
  readonly address: string;
}
