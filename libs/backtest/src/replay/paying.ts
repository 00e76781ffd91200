import { rewardParams } from '@allora/protocol/epoch/stage-params';
import { ProtocolError } from '@allora/protocol/errors';
import { DEFAULT_PARAMS } from '@allora/protocol/params';
import { type EpochRewards, rewardEpoch } from '@allora/protocol/reward/participant-rewards';
import { payouts } from '@allora/protocol/reward/payouts';
import type { MaybeNumber } from '@allora/protocol/regret/regret-table';
import { ualloToAllo } from '@allora/protocol/uallo';
import type { EpochScores, Payment, Role, WorkerScore } from '../history/recorded';

interface Scored {
  readonly ids: readonly string[];
  readonly scores: readonly number[];
}

/** Rewards of a topic from epoch to epoch (section 9). */
export class Paying {
  private scoreRatio = 0;
  private readonly fractions: Readonly<Record<Role, Map<string, number>>> = {
    inferer: new Map(),
    forecaster: new Map(),
    reputer: new Map(),
  };
  /** Newest first. */
  private readonly scoreLists: { inferer: (readonly number[])[]; forecaster: (readonly number[])[] } = {
    inferer: [],
    forecaster: [],
  };

  /** Whole uallo by role and participant; what is withheld for fees is left to the ledger. */
  pay(epoch: EpochScores): Payment[] {
    if (epoch.losses === null) return [];
    const [inferers, forecasters] = [scoredOf(epoch.infererScores), scoredOf(epoch.forecasterScores)];
    this.keepList('inferer', inferers.scores);
    this.keepList('forecaster', forecasters.scores);
    const core = this.rewards(epoch, inferers, forecasters);
    if (core === null) return [];
    const reputers = epoch.reputers.map(({ reputer }) => reputer);
    this.scoreRatio = core.scoreRatio;
    this.keepFractions('inferer', inferers.ids, core.infererSmoothedFractions);
    this.keepFractions('forecaster', forecasters.ids, core.forecasterSmoothedFractions ?? []);
    this.keepFractions('reputer', reputers, core.reputerSmoothedFractions);
    const due = payouts(core, epoch.emissionUallo);
    return [
      ...payments('inferer', inferers.ids, due.inferersUallo),
      ...payments('forecaster', forecasters.ids, due.forecastersUallo),
      ...payments('reputer', reputers, due.reputersUallo),
    ];
  }

  /** Null where the formulas have no answer. */
  private rewards(epoch: EpochScores, inferers: Scored, forecasters: Scored): EpochRewards | null {
    const { reputers } = epoch;
    const { bundle } = epoch.losses!;
    const previous = (role: Role, ids: readonly string[]): MaybeNumber[] =>
      ids.map((id) => this.fractions[role].get(id) ?? null);
    const ids = reputers.map(({ reputer }) => reputer);
    try {
      return rewardEpoch(
        {
          ...{ inferers: inferers.ids, forecasters: forecasters.ids, reputers: ids },
          ...{ infererScores: inferers.scores, forecasterScores: forecasters.scores },
          reputerScores: reputers.map(({ score }) => score),
          stakes: reputers.map(({ stakeUallo }) => ualloToAllo(stakeUallo)),
          delegatedStakes: reputers.map(({ delegatedUallo }) => ualloToAllo(delegatedUallo)),
          infererScoreHistory: this.scoreLists.inferer,
          forecasterScoreHistory: this.scoreLists.forecaster,
          previousInfererFractions: previous('inferer', inferers.ids),
          previousForecasterFractions: previous('forecaster', forecasters.ids),
          previousReputerFractions: previous('reputer', ids),
          previousScoreRatio: this.scoreRatio,
          ...{ naiveLoss: bundle.naive, combinedLoss: bundle.combined },
          topicReward: Number(epoch.emissionUallo),
        },
        rewardParams(epoch.params),
      );
    } catch (error) {
      if (error instanceof ProtocolError) return null;
      throw error;
    }
  }

  /** The window that sets the scale reaches no further. */
  private keepList(role: 'inferer' | 'forecaster', scores: readonly number[]): void {
    if (scores.length === 0) return;
    this.scoreLists[role].unshift(scores);
    this.scoreLists[role].length = Math.min(this.scoreLists[role].length, DEFAULT_PARAMS.maxSamples + 1);
  }

  private keepFractions(role: Role, ids: readonly string[], fractions: readonly MaybeNumber[]): void {
    ids.forEach((id, i) => {
      const fraction = fractions[i] ?? null;
      if (fraction !== null) this.fractions[role].set(id, fraction);
    });
  }
}

function scoredOf(scores: readonly WorkerScore[]): Scored {
  const scored = scores.flatMap(({ participant, score }) => (score === null ? [] : [{ participant, score }]));
  return { ids: scored.map(({ participant }) => participant), scores: scored.map(({ score }) => score) };
}

const payments = (role: Role, ids: readonly string[], amounts: readonly bigint[]): Payment[] =>
  ids.flatMap((participant, i) => {
    const amountUallo = amounts[i] ?? 0n;
    return amountUallo > 0n ? [{ participant, role, amountUallo }] : [];
  });
