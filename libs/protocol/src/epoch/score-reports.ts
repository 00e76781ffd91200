import { ProtocolError } from '../errors';
import type { LossBundle } from '../loss/loss-table';
import { networkLosses, type ReportedLosses } from '../loss/network-losses';
import type { ScoreParams } from '../params';
import type { MaybeNumber } from '../regret/regret-table';
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

/** What a topic knows of its participants before an epoch is scored. */
export interface ReportStanding {
  readonly infererEma: ReadonlyMap<string, number>;
  readonly forecasterEma: ReadonlyMap<string, number>;
  readonly reputerEma: ReadonlyMap<string, number>;
  readonly listeningCoefficients: ReadonlyMap<string, number>;
}

export function reportsToScore(reported: ReportedLosses, standing: ReportStanding): ReportsToScore {
  const valuesOf = (ids: readonly string[], values: ReadonlyMap<string, number>): MaybeNumber[] =>
    ids.map((id) => values.get(id) ?? null);
  return {
    ...reported,
    listeningCoefficients: valuesOf(reported.reputers, standing.listeningCoefficients),
    infererEma: valuesOf(reported.inferers, standing.infererEma),
    forecasterEma: valuesOf(reported.forecasters, standing.forecasterEma),
    reputerEma: valuesOf(reported.reputers, standing.reputerEma),
  };
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
