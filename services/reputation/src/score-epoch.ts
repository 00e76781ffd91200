import {
  EpochOutcome,
  EpochScores,
  NetworkLosses,
  type ParticipantScore,
  type ReputerScore,
} from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { ReputerStake } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { InferenceMode, type NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import {
  type ReportStanding,
  reportsToScore,
  type ScoredReports,
  scoreReports,
} from '@allora/protocol/epoch/score-reports';
import { scoreParams } from '@allora/protocol/epoch/stage-params';
import type { ProtocolError } from '@allora/protocol/errors';
import type { ReportedLosses } from '@allora/protocol/loss/network-losses';
import type { Row } from '@allora/protocol/regret/regret-table';
import { passiveEmas } from '@allora/protocol/score/sortition';
import { compareIds } from '@allora/protocol/shape';
import { acceptBundles, type AcceptedBundles, type Finding } from './accept-bundles';
import { findingMessages } from './finding-messages';
import { type EpochLosses, lossBundleMessage } from './proto';
import { scoreShadows } from './score-shadows';

/** Quantile of the scores at the last scoring of each role; null before the first. */
export interface Quantiles {
  readonly inferer: number | null;
  readonly forecaster: number | null;
  readonly reputer: number | null;
}

/** What a topic knows of the participants of an epoch before it is scored. */
export interface Standing extends ReportStanding {
  readonly quantiles: Quantiles;
}

export interface EpochToScore {
  readonly losses: EpochLosses;
  readonly inference: NetworkInference;
  readonly stakes: readonly ReputerStake[];
  readonly minimumStakeUallo: string;
}

export interface ScoredEpoch {
  readonly losses: NetworkLosses;
  readonly scores: EpochScores;
  readonly quantiles: Quantiles;
  /** Bundles that counted; null where none did. */
  readonly reported: ReportedLosses | null;
  /** All of them; the scores tell a bounded number. */
  readonly findings: readonly Finding[];
  /** Refusals of the protocol on the way: with one, only entries that most stake confirms counted; with two, nothing did. */
  readonly refusals: readonly ProtocolError[];
}

/** An epoch's network losses and everyone's scores. Every epoch has an outcome, so that nobody waits for it for ever. */
export function scoreEpoch(epoch: EpochToScore, standing: Standing): ScoredEpoch {
  if (epoch.inference.mode === InferenceMode.NONE)
    return unscored(epoch, standing, EpochOutcome.NO_INFERENCES);
  const stakes = new Map(epoch.stakes.map((stake) => [stake.reputer, stake]));
  const accepted = acceptBundles({ ...epoch, stakes, reputerEma: standing.reputerEma });
  if (accepted.reported.reputers.length === 0)
    return unscored(epoch, standing, EpochOutcome.NO_LOSSES, accepted);
  const { result, refusals } = scoreReports(
    reportsToScore(accepted.reported, standing),
    scoreParams(epoch.losses.params),
  );
  if (result) return scored(epoch, standing, accepted, result, refusals);
  return unscored(epoch, standing, EpochOutcome.NO_LOSSES, accepted, refusals);
}

function scored(
  epoch: EpochToScore,
  standing: Standing,
  accepted: AcceptedBundles,
  { network, scores: core }: NonNullable<ScoredReports['result']>,
  refusals: readonly ProtocolError[],
): ScoredEpoch {
  const { inferers, forecasters, reputers } = accepted.reported;
  const told = headOf(epoch.losses, EpochOutcome.SCORED);
  const passive = passiveScores(epoch, standing, accepted);
  return {
    losses: NetworkLosses.fromPartial({
      ...told,
      losses: lossBundleMessage(network, inferers, forecasters),
      ...scoreShadows(epoch.inference, accepted.reported),
    }),
    scores: EpochScores.fromPartial({
      ...told,
      inferers: inIdOrder([
        ...activeScores(inferers, core.infererScores, core.infererEma),
        ...passive.inferers,
      ]),
      forecasters: inIdOrder([
        ...activeScores(forecasters, core.forecasterScores, core.forecasterEma),
        ...passive.forecasters,
      ]),
      reputers: reputerScores(epoch, standing, [
        ...activeScores(reputers, core.reputerScores, core.reputerEma).map((score, m) => ({
          ...score,
          listeningCoefficient: core.listeningCoefficients[m]!,
        })),
        ...passive.reputers,
      ]),
      combinedLoss: network.combined,
      naiveLoss: network.naive,
      findings: findingMessages(accepted.findings),
    }),
    quantiles: {
      inferer: core.infererQuantile ?? standing.quantiles.inferer,
      forecaster: core.forecasterQuantile ?? standing.quantiles.forecaster,
      reputer: core.reputerQuantile,
    },
    reported: accepted.reported,
    findings: accepted.findings,
    refusals,
  };
}

/** Active participants keep what they have; passive ones still move, as their being left out does not hang on losses. */
function unscored(
  epoch: EpochToScore,
  standing: Standing,
  outcome: EpochOutcome,
  accepted?: AcceptedBundles,
  refusals: readonly ProtocolError[] = [],
): ScoredEpoch {
  const told = headOf(epoch.losses, outcome);
  const passive = passiveScores(epoch, standing, accepted);
  const kept = (ids: readonly string[], ema: ReadonlyMap<string, number>): ParticipantScore[] =>
    ids.map((participant) => ({ participant, emaScore: ema.get(participant) }));
  const { inferers = [], forecasters = [], reputers = [] } = accepted?.reported ?? {};
  const findings = accepted?.findings ?? [];
  return {
    losses: NetworkLosses.fromPartial(told),
    scores: EpochScores.fromPartial({
      ...told,
      inferers: inIdOrder([...kept(inferers, standing.infererEma), ...passive.inferers]),
      forecasters: inIdOrder([...kept(forecasters, standing.forecasterEma), ...passive.forecasters]),
      reputers: reputerScores(epoch, standing, [...kept(reputers, standing.reputerEma), ...passive.reputers]),
      findings: findingMessages(findings),
    }),
    quantiles: standing.quantiles,
    reported: accepted?.reported ?? null,
    findings,
    refusals,
  };
}

function headOf({ topicId, nonce, settledNonce, params }: EpochLosses, outcome: EpochOutcome) {
  return { topicId, nonce, settledNonce, params, outcome };
}

function activeScores(ids: readonly string[], scores: Row, ema: Row): ParticipantScore[] {
  return ids.map((participant, a) => ({
    participant,
    score: scores[a] ?? undefined,
    emaScore: ema[a] ?? undefined,
  }));
}

interface PassiveScores {
  readonly inferers: readonly ParticipantScore[];
  readonly forecasters: readonly ParticipantScore[];
  readonly reputers: readonly ParticipantScore[];
}

/** Section 8, the chain's convention: who was left out approaches the quantile stored at the last scoring, 0 before any. */
function passiveScores(epoch: EpochToScore, standing: Standing, accepted?: AcceptedBundles): PassiveScores {
  const { meritSortitionAlpha } = epoch.losses.params;
  const approach = (
    ids: readonly string[],
    ema: ReadonlyMap<string, number>,
    storedQuantile: number | null,
  ): ParticipantScore[] => passiveEmas(ids, ema, { meritSortitionAlpha, storedQuantile });
  const { inference } = epoch;
  const { quantiles } = standing;
  const idsOf = (passive: readonly { worker: string }[]): string[] => passive.map(({ worker }) => worker);
  return {
    inferers: approach(idsOf(inference.passiveInferers), standing.infererEma, quantiles.inferer),
    forecasters: approach(idsOf(inference.passiveForecasters), standing.forecasterEma, quantiles.forecaster),
    reputers: approach(accepted?.passiveReputers ?? [], standing.reputerEma, quantiles.reputer),
  };
}

function reputerScores(
  epoch: EpochToScore,
  standing: Standing,
  scores: readonly (ParticipantScore & { listeningCoefficient?: number })[],
): ReputerScore[] {
  const stakes = new Map(epoch.stakes.map((stake) => [stake.reputer, stake]));
  return inIdOrder(scores).map(({ participant, score, emaScore, listeningCoefficient }) => ({
    reputer: participant,
    score,
    emaScore,
    stakeUallo: stakes.get(participant)?.stakeUallo ?? '0',
    delegatedUallo: stakes.get(participant)?.delegatedUallo ?? '0',
    listeningCoefficient: listeningCoefficient ?? standing.listeningCoefficients.get(participant) ?? 1,
  }));
}

function inIdOrder<T extends { readonly participant: string }>(scores: readonly T[]): T[] {
  return [...scores].sort((a, b) => compareIds(a.participant, b.participant));
}
