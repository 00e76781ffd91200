import {
  type PaidEpoch,
  payScores,
  type RewardRoleName,
  type RewardState,
  scoresOf,
  type ScoredWorker,
  withOwn,
} from '@allora/protocol/epoch/epoch-payout';
import { rewardParams } from '@allora/protocol/epoch/stage-params';
import { DEFAULT_PARAMS } from '@allora/protocol/params';
import type { EpochScores, Payment, WorkerScore } from '../history/recorded';

/** Rewards of a topic from epoch to epoch (section 9). */
export class Paying {
  private state: RewardState = {
    scoreRatio: 0,
    smoothedFractions: { inferer: new Map(), forecaster: new Map(), reputer: new Map() },
    scoreHistory: { inferer: [], forecaster: [] },
  };

  /** Whole uallo by role and participant; what is withheld for fees is left to the ledger. */
  pay(epoch: EpochScores): Payment[] {
    const { losses, emissionUallo } = epoch;
    if (losses === null) return [];
    const scores = {
      inferers: scoredOf(epoch.infererScores),
      forecasters: scoredOf(epoch.forecasterScores),
      reputers: epoch.reputers.map(({ reputer, ...one }) => ({ ...one, participant: reputer })),
      ...{ combinedLoss: losses.bundle.combined, naiveLoss: losses.bundle.naive },
    };
    const payout = payScores({ scores, state: this.state, emissionUallo }, rewardParams(epoch.params));
    this.keepLists(scores);
    if (payout.kind === 'undefined') return [];
    this.keep(payout.next);
    return payout.payments
      .filter(({ amountUallo }) => amountUallo > 0n)
      .map(({ participant, role, amountUallo }) => ({ participant, role, amountUallo }));
  }

  /** The window that sets the scale reaches no further. */
  private keepLists(scores: Readonly<Record<'inferers' | 'forecasters', readonly ScoredWorker[]>>): void {
    const { inferer, forecaster } = this.state.scoreHistory;
    const newest = (own: readonly ScoredWorker[], lists: readonly (readonly number[])[]) =>
      withOwn(scoresOf(own), lists).slice(0, DEFAULT_PARAMS.maxSamples);
    this.state = {
      ...this.state,
      scoreHistory: {
        inferer: newest(scores.inferers, inferer),
        forecaster: newest(scores.forecasters, forecaster),
      },
    };
  }

  private keep({ scoreRatio, smoothedFractions: next }: PaidEpoch['next']): void {
    const { smoothedFractions: before } = this.state;
    const merged = (role: RewardRoleName) => new Map([...before[role], ...next[role]]);
    const smoothedFractions = {
      inferer: merged('inferer'),
      forecaster: merged('forecaster'),
      reputer: merged('reputer'),
    };
    this.state = { ...this.state, scoreRatio, smoothedFractions };
  }
}

const scoredOf = (scores: readonly WorkerScore[]): ScoredWorker[] =>
  scores.flatMap(({ participant, score }) => (score === null ? [] : [{ participant, score }]));
