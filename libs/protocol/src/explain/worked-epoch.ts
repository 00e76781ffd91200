import type { RewardParams } from '../params';
import type { Row } from '../regret/regret-table';
import { type EpochRewards, rewardEpoch, type RewardInput } from '../reward/participant-rewards';
import { type Payouts, payouts } from '../reward/payouts';

export type WorkedRole = 'inferer' | 'forecaster' | 'reputer';

/** What an ended epoch got to give, and what that was computed from (section 10). */
export interface SetAside {
  readonly weight: number;
  /** Of all topics. */
  readonly totalWeight: number;
  readonly blockEmissionUallo: bigint;
  readonly epochLengthBlocks: number;
  readonly amountUallo: bigint;
}

/** A scored epoch as it was stored; `input.topicReward` is the amount set aside. */
export interface EpochToExplain {
  readonly input: RewardInput;
  readonly params: RewardParams;
  readonly setAside: SetAside;
}

/** The epoch computed again. */
export interface WorkedEpoch extends EpochToExplain {
  readonly rewards: EpochRewards;
  readonly due: Payouts;
}

/** One role of it; arrays are aligned with `ids`. */
export interface RoleFacts {
  readonly role: WorkedRole;
  readonly ids: readonly string[];
  readonly scores: Row;
  readonly fractions: Row;
  readonly previousFractions: Row;
  /** Null: the role had no entropy, and what was stored stayed. */
  readonly smoothedFractions: Row | null;
  readonly entropy: number;
  readonly taskReward: number;
  /** In uallo, not yet truncated; of reputers net of what their delegators get. */
  readonly rewards: Row;
  readonly dueUallo: readonly bigint[];
}

/** Throws where the formulas have no answer, as for the payment itself. */
export function workEpoch(epoch: EpochToExplain): WorkedEpoch {
  const rewards = rewardEpoch(epoch.input, epoch.params);
  return { ...epoch, rewards, due: payouts(rewards, epoch.setAside.amountUallo) };
}

export function roleFacts({ input, rewards, due }: WorkedEpoch, role: WorkedRole): RoleFacts {
  switch (role) {
    case 'inferer':
      return {
        role,
        ids: input.inferers,
        scores: input.infererScores,
        fractions: rewards.infererFractions,
        previousFractions: input.previousInfererFractions,
        smoothedFractions: rewards.infererSmoothedFractions,
        entropy: rewards.inferenceEntropy,
        taskReward: rewards.inferenceTaskReward,
        rewards: rewards.infererRewards,
        dueUallo: due.inferersUallo,
      };
    case 'forecaster':
      return {
        role,
        ids: input.forecasters,
        scores: input.forecasterScores,
        fractions: rewards.forecasterFractions,
        previousFractions: input.previousForecasterFractions,
        smoothedFractions: rewards.forecasterSmoothedFractions,
        entropy: rewards.forecastingEntropy,
        taskReward: rewards.forecastingTaskReward,
        rewards: rewards.forecasterRewards,
        dueUallo: due.forecastersUallo,
      };
    case 'reputer':
      return {
        role,
        ids: input.reputers,
        scores: input.reputerScores,
        fractions: rewards.reputerFractions,
        previousFractions: input.previousReputerFractions,
        smoothedFractions: rewards.reputerSmoothedFractions,
        entropy: rewards.reputerEntropy,
        taskReward: rewards.reputerTaskReward,
        rewards: rewards.reputerRewards,
        dueUallo: due.reputersUallo,
      };
  }
}
