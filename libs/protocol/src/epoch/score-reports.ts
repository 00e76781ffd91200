import { ProtocolError } from '../errors';
import type { LossBundle } from '../loss/loss-table';
import { networkLosses, type ReportedLosses } from '../loss/network-losses';
import type { ScoreParams } from '../params';
import { type EpochScores, scoreEpoch, type ScoreInput } from '../score/scores';
import { confirmedEntries } from './confirmed-entries';

/** The accepted bundles of an epoch with what is known of its participants. */
export type ReportsToScore = Omit<ScoreInput, 'networkLosses'>;

export interface ScoredReports {
  /** Null when the protocol has no answer, not even for what most stake confirms. */
  readonly result: { readonly network: LossBundle; readonly scores: EpochScores } | null;
  /** On the way to it: with one, only entries that most stake confirms counted. */
  readonly refusals: readonly ProtocolError[];
}

/** The stake behind a bundle as the scoring reads it, in ALLO; only ratios of stakes matter. */
export function stakeInAllo(uallo: string): number {
  return Number(uallo) / 1e18;
}

/** Network losses and scores of an epoch; where the protocol refuses the bundles as reported, of their confirmed entries. */
export function scoreReports(reports: ReportsToScore, params: ScoreParams): ScoredReports {
  const refusals: ProtocolError[] = [];
  for (const choose of [asReported, confirmedEntries]) {
    try {
      const counted = { ...reports, ...choose(reports) };
      const network = networkLosses(counted);
      return {
        result: { network, scores: scoreEpoch({ ...counted, networkLosses: network }, params) },
        refusals,
      };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      refusals.push(error);
    }
  }
  return { result: null, refusals };
}

const asReported = (reported: ReportedLosses): ReportedLosses => reported;
