import type { EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import {
  EpochRewards,
  RewardRole,
  type StakeSnapshot,
} from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { DUST, MINT, networkAccount, participantAccount, REWARDS_POOL, stakeAccount } from './account-names';
import type { EpochPayout, RewardRoleName, RolePayment } from './epoch-payout';
import type { LedgerLine, Stake, Transfer } from './ledger.store';

const rewardRoles: Readonly<Record<RewardRoleName, RewardRole>> = {
  inferer: RewardRole.INFERER,
  forecaster: RewardRole.FORECASTER,
  reputer: RewardRole.REPUTER,
};

type Paid = Extract<EpochPayout, { kind: 'paid' }>;

export function snapshotOf(topicId: number, nonce: number, stakes: readonly Stake[]): StakeSnapshot {
  return {
    topicId,
    nonce,
    stakes: stakes.map(({ reputer, stakeUallo }) => ({
      reputer,
      stakeUallo: stakeUallo.toString(),
      delegatedUallo: '0',
    })),
  };
}

export function epochRewardsOf({ topicId, nonce }: EpochScores, payout: EpochPayout): EpochRewards {
  if (payout.kind !== 'paid') {
    return EpochRewards.fromPartial({ topicId, nonce, emissionUallo: '0', dustUallo: '0' });
  }
  const { core } = payout;
  return {
    topicId,
    nonce,
    emissionUallo: payout.emissionUallo.toString(),
    dustUallo: payout.dustUallo.toString(),
    infererEntropy: core.inferenceEntropy,
    forecasterEntropy: core.forecastingEntropy,
    reputerEntropy: core.reputerEntropy,
    chi: core.chi,
    gamma: core.gamma,
    inferenceTaskRewardUallo: core.inferenceTaskReward,
    forecastingTaskRewardUallo: core.forecastingTaskReward,
    reputationTaskRewardUallo: core.reputerTaskReward,
    payments: payout.payments.map(({ participant, role, fraction, amountUallo }) => ({
      participant,
      role: rewardRoles[role],
      fraction,
      amountUallo: amountUallo.toString(),
    })),
  };
}

/** Issue and payment of an epoch in one movement: all of it stands in the ledger, or nothing. */
export function epochTransfer({ topicId, nonce }: EpochScores, payout: Paid): Transfer {
  const { emissionUallo, dustUallo } = payout;
  const pool = networkAccount(REWARDS_POOL);
  const lines: LedgerLine[] = [
    { account: networkAccount(MINT), amountUallo: -emissionUallo },
    { account: pool, amountUallo: emissionUallo },
    { account: pool, amountUallo: -emissionUallo },
    ...payout.payments.map((payment) => paymentLine(topicId, payment)),
  ];
  if (dustUallo > 0n) lines.push({ account: networkAccount(DUST), amountUallo: dustUallo });
  return { key: `epoch-rewards:${topicId}:${nonce}`, kind: 'epoch-rewards', topicId, nonce, lines };
}

/** A reputer's reward is added to its stake. */
const paymentLine = (topicId: number, { participant, role, amountUallo }: RolePayment): LedgerLine => ({
  account: role === 'reputer' ? stakeAccount(topicId, participant) : participantAccount(participant),
  amountUallo,
});
