import { EpochOutcome, type EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { ProtocolError } from '@allora/protocol/errors';
import { DEFAULT_PARAMS } from '@allora/protocol/params';
import { type EpochRewards as CoreRewards, payouts, rewardEpoch } from '@allora/protocol/reward/participant-rewards';

export type RewardRoleName = 'inferer' | 'forecaster' | 'reputer';
export const REWARD_ROLES: readonly RewardRoleName[] = ['inferer', 'forecaster', 'reputer'];

type ByRole<T> = Readonly<Record<RewardRoleName, T>>;

/** What the rewards of a topic's next epoch build on. */
export interface RewardState {
  readonly scoreRatio: number;
  readonly smoothedFractions: ByRole<ReadonlyMap<string, number>>;
  /** Score lists of earlier epochs, newest first. */
  readonly scoreHistory: Readonly<Record<'inferer' | 'forecaster', readonly (readonly number[])[]>>;
}

export interface RolePayment {
  readonly participant: string;
  readonly role: RewardRoleName;
  readonly fraction: number;
  readonly amountUallo: bigint;
}
