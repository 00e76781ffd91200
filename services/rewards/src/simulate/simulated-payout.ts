import { EpochOutcome, EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import type { SimulatedEpoch } from '@allora/protocol/explain/what-if';
import { type EpochPayout, payEpoch } from '../epoch-payout';
import type { PastEpoch } from '../explain/past-epochs.store';
import { rewardStateOf } from '../settled-epochs.store';

/** An epoch computed once more: its scores as they would have been told, and what they would have been paid. */
export interface SimulatedPayout {
  readonly epoch: SimulatedEpoch;
  readonly scores: EpochScores;
  readonly payout: EpochPayout;
}

/** New stakes of some reputers, in uallo. */
export type MovedStakes = ReadonlyMap<string, bigint>;

export function paySimulated(
  { settled, setAside }: Pick<PastEpoch, 'settled' | 'setAside'>,
  epoch: SimulatedEpoch,
  stakes: MovedStakes,
): SimulatedPayout {
  const scores = scoresOf(settled.scores, epoch, stakes);
  const state = rewardStateOf(settled.state);
  return { epoch, scores, payout: payEpoch({ scores, state, emissionUallo: setAside.amountUallo }) };
}

/** Passive participants are left out: they have no score to be paid by. */
function scoresOf(told: EpochScores, epoch: SimulatedEpoch, stakes: MovedStakes): EpochScores {
  const { topicId, nonce, params } = told;
  const { result } = epoch.scored;
  if (!result) {
    const outcome = epoch.inference === null ? EpochOutcome.NO_INFERENCES : EpochOutcome.NO_LOSSES;
    return EpochScores.fromPartial({ topicId, nonce, params, outcome });
  }
  const { scores, network } = result;
  const scored = (ids: readonly string[], values: readonly (number | null)[]) =>
    ids.map((participant, a) => ({ participant, score: values[a] ?? undefined }));
  const stakeOf = new Map(told.reputers.map((reputer) => [reputer.reputer, reputer]));
  return EpochScores.fromPartial({
    ...{ topicId, nonce, params, outcome: EpochOutcome.SCORED },
    inferers: scored(epoch.inferers, scores.infererScores),
    forecasters: scored(epoch.scoredForecasters, scores.forecasterScores),
    reputers: epoch.reputers.map((reputer, m) => {
      const { stakeUallo = '0', delegatedUallo = '0' } = stakeOf.get(reputer) ?? {};
      return {
        reputer,
        score: scores.reputerScores[m],
        ...movedStake(stakes.get(reputer), { stakeUallo, delegatedUallo }),
        listeningCoefficient: scores.listeningCoefficients[m]!,
      };
    }),
    ...{ combinedLoss: network.combined, naiveLoss: network.naive },
  });
}

/** Of a stake that moves, the reputer's own part moves first. */
function movedStake(
  moved: bigint | undefined,
  stake: { readonly stakeUallo: string; readonly delegatedUallo: string },
): { stakeUallo: string; delegatedUallo: string } {
  if (moved === undefined) return stake;
  const delegated = BigInt(stake.delegatedUallo);
  return {
    stakeUallo: moved.toString(),
    delegatedUallo: (delegated < moved ? delegated : moved).toString(),
  };
}
