import type { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { EpochScores, NetworkLosses } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { EpochRewards } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { LossSubmission } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { Topic, TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';

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
  readonly height: number;
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

export interface TopicRequest {
  readonly metadata: string;
  readonly lossMethod: string;
  readonly params: TopicParams;
  /** The same id again answers with the first topic. */
  readonly requestId: string;
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

export interface StakeRequest {
  readonly topicId: number;
  /** Whole uallo. */
  readonly amountUallo: bigint;
  /** The same id again changes nothing and answers as the first time. */
  readonly requestId: string;
}

export interface FaucetRequest {
  readonly address: string;
  readonly amountUallo: bigint;
  readonly requestId: string;
}
