import { EpochOutcome, type EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import {
  type PaidEpoch,
  payScores,
  rewardInputOf,
  type RewardState,
  scoresOf,
  type ScoresToPay,
  type UndefinedEpoch,
} from '@allora/protocol/epoch/epoch-payout';
import { rewardParams } from '@allora/protocol/epoch/stage-params';
import type { RewardParams } from '@allora/protocol/params';
import type { RewardInput } from '@allora/protocol/reward/participant-rewards';

/** This epoch's own scores by role, in ascending order of id. */
type OwnScores = Readonly<Record<'inferer' | 'forecaster', readonly number[]>>;

/** Empty where nobody was scored. */
export type EpochPayout = { readonly ownScores: OwnScores } & (
  PaidEpoch | UndefinedEpoch | { readonly kind: 'empty' }
);

export interface PayoutInput {
  readonly scores: EpochScores;
  readonly state: RewardState;
  /** Set aside when the epoch ended. */
  readonly emissionUallo: bigint;
}

function scoresToPay(scores: EpochScores): ScoresToPay {
  const { inferers, forecasters, reputers, combinedLoss, naiveLoss } = scores;
  const workers = (list: EpochScores['inferers']) =>
    list.flatMap(({ participant, score }) => (score === undefined ? [] : [{ participant, score }]));
  return {
    inferers: workers(inferers),
    forecasters: workers(forecasters),
    reputers: reputers.flatMap(({ reputer, score, stakeUallo, delegatedUallo }) => {
      const stakes = { stakeUallo: BigInt(stakeUallo), delegatedUallo: BigInt(delegatedUallo) };
      return score === undefined ? [] : [{ participant: reputer, score, ...stakes }];
    }),
    ...{ combinedLoss, naiveLoss },
  };
}

/** Everyone whom the rewards of these scores may concern. */
export function scoredIds(scores: EpochScores): string[] {
  const { inferers, forecasters, reputers } = scoresToPay(scores);
  return [...new Set([...inferers, ...forecasters, ...reputers].map(({ participant }) => participant))];
}

/** What an epoch pays, as its scores were told. */
export function payEpoch({ scores: told, state, emissionUallo }: PayoutInput): EpochPayout {
  if (told.outcome !== EpochOutcome.SCORED)
    return { kind: 'empty', ownScores: { inferer: [], forecaster: [] } };
  const scores = scoresToPay(told);
  const ownScores = { inferer: scoresOf(scores.inferers), forecaster: scoresOf(scores.forecasters) };
  return { ...payScores({ scores, state, emissionUallo }, rewardRules(told)), ownScores };
}

/** Everything that an epoch's rewards are computed from. */
export const rewardInput = ({ scores, ...epoch }: PayoutInput): RewardInput =>
  rewardInputOf({ ...epoch, scores: scoresToPay(scores) });

/** The rules that an epoch is paid by: the topic's, and the network's where its creator has no say. */
export function rewardRules({ topicId, nonce, params }: EpochScores): RewardParams {
  if (!params) throw new Error(`scores of ${topicId}/${nonce} carry no parameters`);
  return rewardParams(params);
}
