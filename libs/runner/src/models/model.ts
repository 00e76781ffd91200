import type { AlloraClient } from '@allora/sdk/client';
import type { Log } from '../log';

/** What a model is asked for: one open window. */
export interface Question {
  readonly topicId: number;
  /** Height at which the epoch opened. */
  readonly nonce: number;
  /** Address that the answer is for. */
  readonly worker: string;
  /** What the world knew by this time may be used, and nothing later: now, or in a backtest the time of a past epoch. */
  readonly atMs: number;
  /** Ends when the window closes or the time of the call is up: whoever still works on it may stop. */
  readonly signal: AbortSignal;
}

export interface ForecastElement {
  readonly inferer: string;
  /** Expected loss of the inferer, on the topic's scale, as decimal text. */
  readonly value: string;
}

/** Answers with decimal text: what it says is what is signed. */
export interface InferenceModel {
  infer(question: Question): Promise<string>;
  close(): Promise<void>;
}

/** An empty answer says that it knows nobody yet; nothing is submitted then. */
export interface ForecastModel {
  forecast(question: Question): Promise<readonly ForecastElement[]>;
  close(): Promise<void>;
}

/** What a model may stand on. */
export interface ModelContext {
  readonly client: AlloraClient;
  readonly log: Log;
  /** Relative paths of the configuration are from here. */
  readonly baseDir: string;
  readonly env: NodeJS.ProcessEnv;
}

export const nothingToClose = (): Promise<void> => Promise.resolve();
