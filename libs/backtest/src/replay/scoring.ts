import { reportsToScore, scoreReports, stakeInAllo } from '@allora/protocol/epoch/score-reports';
import { scoreParams } from '@allora/protocol/epoch/stage-params';
import { quantile } from '@allora/protocol/numeric';
import type { MaybeNumber } from '@allora/protocol/regret/regret-table';
import { passiveEmas } from '@allora/protocol/score/sortition';
import { compareIds } from '@allora/protocol/shape';
import type { EpochScored, EpochScores, RecordedEpoch, ReputerScore, WorkerScore } from '../history/recorded';
import { bundleOf, type LossOfValue } from './bundles';
import type { EpochAnswer } from './epoch-answer';

/** A reputer of an epoch, and how it loses values. */
export interface Reporter {
  readonly reputer: string;
  readonly stakeUallo: bigint;
  readonly delegatedUallo: bigint;
  readonly lossOf: LossOfValue;
}

/** Scores of a topic's participants from epoch to epoch. */
export class Scoring {
  private readonly ema = { inferer: new Map<string, number>(), forecaster: new Map<string, number>() };
  private readonly quantiles: { inferer: number | null; forecaster: number | null } = {
    inferer: null,
    forecaster: null,
  };
  private readonly listening = new Map<string, number>();

  /** An epoch as it was told. */
  adopt(epoch: EpochScored): void {
    this.keepEma('inferer', epoch.infererScores);
    this.keepEma('forecaster', epoch.forecasterScores);
    this.keepListening(epoch.reputers);
    if (epoch.losses === null) return;
    this.adoptQuantile('inferer', epoch.infererScores, epoch.params.activeInfererQuantile);
    this.adoptQuantile('forecaster', epoch.forecasterScores, epoch.params.activeForecasterQuantile);
  }

  /** Network losses and scores of an epoch; of one that nobody can score, none. */
  score(epoch: RecordedEpoch, answer: EpochAnswer, reporters: readonly Reporter[]): EpochScores {
    const { inferers, forecasters } = answer.told ?? { inferers: [], forecasters: [] };
    const ema = (role: 'inferer' | 'forecaster', ids: readonly string[]): MaybeNumber[] =>
      ids.map((id) => this.ema[role].get(id) ?? null);
    const { result } =
      answer.told && reporters.length > 0
        ? scoreReports(
            reportsToScore(
              {
                inferers,
                forecasters,
                reputers: reporters.map(({ reputer }) => reputer),
                stakes: reporters.map(({ stakeUallo }) => stakeInAllo(String(stakeUallo))),
                bundles: reporters.map(({ lossOf }) => bundleOf(answer.told!, lossOf)),
              },
              {
                infererEma: this.ema.inferer,
                forecasterEma: this.ema.forecaster,
                // Who reports is as it was: no reputer is chosen by these.
                reputerEma: new Map(),
                listeningCoefficients: this.listening,
              },
            ),
            scoreParams(epoch.params),
          )
        : { result: null };
    const { scores } = result ?? {};
    const active = (
      ids: readonly string[],
      own: readonly MaybeNumber[] | undefined,
      after: readonly MaybeNumber[],
    ) => ids.map((participant, i) => ({ participant, score: own?.[i] ?? null, emaScore: after[i] ?? null }));
    const passiveForecasters = epoch.forecasterScores
      .map(({ participant }) => participant)
      .filter((id) => !epoch.forecasts.some(({ forecaster }) => forecaster === id));
    const infererScores = inIdOrder([
      ...active(inferers, scores?.infererScores, scores?.infererEma ?? ema('inferer', inferers)),
      ...this.passive('inferer', answer.passive, epoch),
    ]);
    const forecasterScores = inIdOrder([
      ...active(
        forecasters,
        scores?.forecasterScores,
        scores?.forecasterEma ?? ema('forecaster', forecasters),
      ),
      ...this.passive('forecaster', passiveForecasters, epoch),
    ]);
    const reputers = reporters.map(({ reputer, stakeUallo, delegatedUallo }, m): ReputerScore => ({
      ...{ reputer, stakeUallo, delegatedUallo },
      score: scores?.reputerScores[m] ?? 0,
      listeningCoefficient: scores?.listeningCoefficients[m] ?? this.listening.get(reputer) ?? 1,
    }));
    this.keepEma('inferer', infererScores);
    this.keepEma('forecaster', forecasterScores);
    this.keepListening(reputers);
    this.quantiles.inferer = scores?.infererQuantile ?? this.quantiles.inferer;
    this.quantiles.forecaster = scores?.forecasterQuantile ?? this.quantiles.forecaster;
    const { nonce, settledNonce, params, emissionUallo } = epoch;
    return {
      ...{ nonce, settledNonce, params, emissionUallo, infererScores, forecasterScores },
      reputers: result ? reputers : [],
      losses: result && { inferers, forecasters, bundle: result.network },
    };
  }

  /** Section 8: who was left out approaches the quantile of the last scoring, 0 before any. */
  private passive(
    role: 'inferer' | 'forecaster',
    ids: readonly string[],
    { params: { meritSortitionAlpha } }: RecordedEpoch,
  ): WorkerScore[] {
    const rules = { meritSortitionAlpha, storedQuantile: this.quantiles[role] };
    return passiveEmas(ids, this.ema[role], rules).map((one) => ({ ...one, score: null }));
  }

  private keepEma(role: 'inferer' | 'forecaster', scores: readonly WorkerScore[]): void {
    for (const { participant, emaScore } of scores)
      if (emaScore !== null) this.ema[role].set(participant, emaScore);
  }

  private keepListening(reputers: readonly ReputerScore[]): void {
    for (const { reputer, listeningCoefficient } of reputers)
      this.listening.set(reputer, listeningCoefficient);
  }

  /** A lone worker's score moves nothing. */
  private adoptQuantile(role: 'inferer' | 'forecaster', told: readonly WorkerScore[], q: number): void {
    const scores = told.flatMap(({ score }) => (score === null ? [] : [score]));
    if (scores.length > 1) this.quantiles[role] = quantile(scores, q);
  }
}

const inIdOrder = (scores: readonly WorkerScore[]): WorkerScore[] =>
  [...scores].sort((a, b) => compareIds(a.participant, b.participant));
