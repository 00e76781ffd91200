import type { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';

/** How much an answer is worth, and why. */
export interface Trust {
  readonly status: 'fresh' | 'stale' | 'degraded';
  /** EPOCHS_BEHIND and OLD make it stale; UNPROVEN, FEW_WORKERS and WIDE_INTERVAL degraded. */
  readonly reasons: readonly { readonly code: string; readonly text: string }[];
  /** Null, as is `epochsBehind`, of an epoch asked for by its nonce: that is judged as of its own time. */
  readonly ageSeconds: number | null;
  readonly epochsBehind: number | null;
  readonly effectiveWorkers: number;
  /** Of the 95 % interval. */
  readonly intervalWidth: number | null;
  readonly relativeIntervalWidth: number | null;
}

export interface Percentile {
  /** From 0 to 100. */
  readonly percentile: number;
  readonly value: number;
}

export interface InferenceOptions {
  /** From 0 to 100, with up to six decimals. */
  readonly percentiles?: readonly number[];
}

type Interval = readonly [number, number] | null;

/** One inference of a topic's history. */
export interface InferencePoint {
  readonly nonce: number;
  /** When the network told it. */
  readonly atMs: number;
  readonly mode: string;
  readonly combined: number;
  readonly naive: number | null;
  /** Without values far from the others. */
  readonly outlierResistant: number | null;
  readonly interval68: Interval;
  readonly interval95: Interval;
  readonly effectiveWorkers: number;
  readonly trust: Trust;
}

export interface InferencePage {
  readonly topicId: number;
  readonly inferences: readonly InferencePoint[];
  /** The `after` of the next page; null on the last one. */
  readonly next: string | null;
}

export interface HistoryOptions {
  /** Told at this time or later, in milliseconds. */
  readonly from?: number;
  /** Told before this time. */
  readonly to?: number;
  /** Newest first unless told. */
  readonly order?: 'newest' | 'oldest';
  readonly after?: string;
  /** 100 unless told, 1000 at most. */
  readonly limit?: number;
}

/** Inferences of a stretch of time or of epochs. */
export interface Bar {
  /** Null of bars of epochs, as is `toMs`. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly fromNonce: number;
  readonly toNonce: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly mean: number;
  readonly count: number;
  /** Mean width of the 95 % intervals. */
  readonly intervalWidth: number | null;
}

export interface BarsPage {
  readonly topicId: number;
  readonly interval: string;
  /** Newest first. */
  readonly bars: readonly Bar[];
  /** The `to` of the next page; null where nothing is older. */
  readonly next: number | null;
}

export interface BarsOptions {
  /** Minutes, hours, days or epochs: `5m`, `1h`, `1d`, `12epochs`. */
  readonly interval: string;
  readonly from?: number;
  readonly to?: number;
  readonly limit?: number;
}

/** A worker's part in an epoch; null for what is not known (yet). */
export interface WorkerValue {
  readonly worker: string;
  readonly role: 'inferer' | 'forecaster';
  readonly active: boolean;
  /** As submitted; of a forecaster the inference that its forecast implies. */
  readonly value: string | null;
  readonly weight: number | null;
  readonly share: number | null;
  readonly regret: number | null;
  readonly loss: number | null;
  readonly score: number | null;
  readonly emaScore: number | null;
  readonly rank: number | null;
  readonly paidUallo: bigint | null;
}

export interface TopicFilter {
  readonly active?: boolean;
  readonly lossMethod?: string;
  readonly creator?: string;
  readonly ids?: readonly number[];
  /** Text within the metadata, in any case. */
  readonly search?: string;
  /** Topics with a higher id than this. */
  readonly after?: number;
  readonly limit?: number;
}

export interface TopicPage {
  readonly topics: readonly Topic[];
  /** The `after` of the next page; null on the last one. */
  readonly next: number | null;
}
