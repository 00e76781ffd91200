import type { EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import {
  EpochRewards,
  RewardRole,
  type StakeSnapshot,
  type TopicWeight,
} from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { TopicWeightChange } from '@allora/protocol/economy/topic-life';
import type { RewardRoleName } from '@allora/protocol/epoch/epoch-payout';
import type { EpochPayout } from './epoch-payout';
import type { ReputerStake } from './ledger.store';

const rewardRoles: Readonly<Record<RewardRoleName, RewardRole>> = {
  inferer: RewardRole.INFERER,
  forecaster: RewardRole.FORECASTER,
  reputer: RewardRole.REPUTER,
};

export const snapshotOf = (
  topicId: number,
  nonce: number,
  stakes: readonly ReputerStake[],
): StakeSnapshot => ({
  topicId,
  nonce,
  stakes: stakes.map(({ reputer, ownUallo, delegatedUallo }) => ({
    reputer,
    stakeUallo: (ownUallo + delegatedUallo).toString(),
    delegatedUallo: delegatedUallo.toString(),
  })),
});

export const weightOf = ({ stakeUallo, feeRevenueUallo, ...change }: TopicWeightChange): TopicWeight => ({
  ...change,
  stakeUallo: stakeUallo.toString(),
  feeRevenueUallo: feeRevenueUallo.toString(),
});

export function epochRewardsOf(
  { topicId, nonce }: EpochScores,
  payout: EpochPayout,
  emissionUallo: bigint,
): EpochRewards {
  const epoch = { topicId, nonce, emissionUallo: emissionUallo.toString() };
  if (payout.kind !== 'paid') return EpochRewards.fromPartial({ ...epoch, dustUallo: '0' });
  const { core } = payout;
  return {
    ...epoch,
    dustUallo: payout.dustUallo.toString(),
    infererEntropy: core.inferenceEntropy,
    forecasterEntropy: core.forecastingEntropy,
    reputerEntropy: core.reputerEntropy,
    chi: core.chi,
    gamma: core.gamma,
    inferenceTaskRewardUallo: core.inferenceTaskReward,
    forecastingTaskRewardUallo: core.forecastingTaskReward,
    reputationTaskRewardUallo: core.reputerTaskReward,
    payments: payout.payments.map(({ participant, role, fraction, amountUallo, delegatorsUallo }) => ({
      participant,
      role: rewardRoles[role],
      fraction,
      amountUallo: amountUallo.toString(),
      delegatorsUallo: delegatorsUallo > 0n ? delegatorsUallo.toString() : undefined,
    })),
  };
}
