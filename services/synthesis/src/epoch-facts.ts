import type {
  ForecastSubmission,
  InferenceSubmission,
} from '@allora/contracts/gen/allora/signing/v1/signing';
import type { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { RegretTable } from '@allora/protocol/regret/regret-table';
import type { ActiveSet, ForecastElement } from './active-set';

/** Both sets of an epoch, their parts joined. */
export interface EpochSets {
  readonly topicId: number;
  readonly nonce: number;
  readonly settledNonce: number | undefined;
  readonly params: TopicParams;
  readonly inferences: readonly InferenceSubmission[];
  readonly forecasts: readonly ForecastSubmission[];
}

export interface EpochWorkers {
  readonly inferers: ActiveSet<{ readonly text: string; readonly value: number }>;
  readonly passiveForecasters: ActiveSet<unknown>['passive'];
  /** Of active forecasters that forecast an active inferer; ascending ids. */
  readonly forecasts: readonly {
    readonly forecaster: string;
    readonly elements: readonly ForecastElement[];
  }[];
}

/** What a topic has learnt when an epoch is synthesised. */
export interface Learnt {
  readonly networkLoss: number | null;
  readonly initialRegret: number;
  /** Aligned with the epoch's active inferers and the forecasters of its accepted forecasts. */
  readonly regrets: RegretTable;
}
