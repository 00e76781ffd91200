import type { TopicRules } from '@allora/protocol/epoch/topic-params';
import type { LossBundle } from '@allora/protocol/loss/loss-table';
import type { MaybeNumber } from '@allora/protocol/regret/regret-table';

/** A topic's epochs as the network told them, from its first one on. */
export interface TopicHistory {
  readonly topicId: number;
  readonly lossMethod: string;
  /** Ascending nonces, settled all. */
  readonly epochs: readonly RecordedEpoch[];
}

export interface RecordedEpoch extends EpochScored {
  /** When its window opened: what a model may know. */
  readonly atMs: number;
  /** Active ones with their values' texts, ascending. */
  readonly inferers: readonly { readonly inferer: string; readonly value: string }[];
  readonly passiveInferers: readonly string[];
  readonly forecasts: readonly RecordedForecast[];
  /** What the network answered; null without inferences. */
  readonly told: ToldAnswer | null;
  /** What each reputer took for the truth; empty where nobody's losses counted. */
  readonly truths: ReadonlyMap<string, ReporterTruth>;
}

export interface RecordedForecast {
  readonly forecaster: string;
  readonly elements: readonly { readonly inferer: string; readonly loss: number }[];
}

export interface ToldAnswer {
  readonly combined: number;
  readonly naive: number;
  readonly initialRegret: number;
}

/** A truth, in the unit of the inferences, and how losses follow from it. */
export interface ReporterTruth {
  readonly truth: number;
  /** Errors below it have its loss; 0 where nothing shows one. */
  readonly errorFloor: number;
  /** recovered: from reported losses of squared errors. given: by the loss that the topic names. */
  readonly source: 'recovered' | 'given';
}

/** An epoch with its losses, scores and payments. */
export interface EpochScored extends EpochScores {
  readonly payments: readonly Payment[];
}

export interface EpochScores {
  readonly nonce: number;
  /** Latest epoch that was settled when this one's worker window closed. */
  readonly settledNonce: number | null;
  readonly params: TopicRules;
  /** Network losses; null when the epoch was not scored. */
  readonly losses: NamedLosses | null;
  /** Passive ones too, ascending. */
  readonly infererScores: readonly WorkerScore[];
  readonly forecasterScores: readonly WorkerScore[];
  /** Those whose losses counted, ascending. */
  readonly reputers: readonly ReputerScore[];
  /** Set aside for the epoch. */
  readonly emissionUallo: bigint;
}

export interface NamedLosses {
  readonly inferers: readonly string[];
  /** Those with a forecast-implied inference. */
  readonly forecasters: readonly string[];
  readonly bundle: LossBundle;
}

export interface WorkerScore {
  readonly participant: string;
  readonly score: MaybeNumber;
  /** After the epoch. */
  readonly emaScore: MaybeNumber;
}

export interface ReputerScore {
  readonly reputer: string;
  readonly score: number;
  /** Own and delegated together. */
  readonly stakeUallo: bigint;
  readonly delegatedUallo: bigint;
  /** After the epoch. */
  readonly listeningCoefficient: number;
}

export type Role = 'inferer' | 'forecaster' | 'reputer';

export interface Payment {
  readonly participant: string;
  readonly role: Role;
  readonly amountUallo: bigint;
}

/** A history that a backtest cannot stand on. */
export class HistoryError extends Error {
  constructor(
    message: string,
    /** What to do about it. */
    readonly remedy: string,
  ) {
    super(message);
    this.name = 'HistoryError';
  }
}
