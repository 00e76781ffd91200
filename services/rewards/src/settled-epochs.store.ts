import { EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { EpochRewards } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { RewardRoleName, RewardState } from '@allora/protocol/epoch/epoch-payout';
import { Database, type Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';

/** What a settled epoch built on, as JSON: doubles are written as the shortest decimal that reads back. */
export interface SettledState {
  /** tau of the epoch before. */
  readonly scoreRatio: number;
  /** By role and participant, of those whom the epoch concerned. */
  readonly smoothedFractions: Readonly<Record<RewardRoleName, Readonly<Record<string, number>>>>;
  /** Score lists of earlier epochs, newest first; the epoch's own scores are not among them. */
  readonly scoreHistory: Readonly<Record<'inferer' | 'forecaster', readonly (readonly number[])[]>>;
  /** Of an undefined epoch: why the formulas have no answer. */
  readonly reason?: { readonly code: string; readonly message: string };
}

export interface SettledEpoch {
  readonly result: 'paid' | 'empty' | 'undefined';
  readonly scores: EpochScores;
  readonly state: SettledState;
  readonly rewards: EpochRewards;
}

/** Settled epochs with all that their payments were computed from, so that each can be shown and computed again. */
@Injectable()
export class SettledEpochsStore {
  constructor(private readonly database: Database) {}

  async save(tx: Tx, { result, scores, state, rewards }: SettledEpoch): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO rewards.settled_epochs (topic_id, nonce, result, scores, state, rewards)
      VALUES (${BigInt(scores.topicId)}, ${BigInt(scores.nonce)}, ${result}, ${EpochScores.encode(scores).finish()},
              ${JSON.stringify(state)}::jsonb, ${EpochRewards.encode(rewards).finish()})`;
  }

  async find(topicId: number, nonce: number): Promise<SettledEpoch | undefined> {
    const row = await this.database.prisma.settledEpoch.findUnique({
      where: { topicId_nonce: { topicId: BigInt(topicId), nonce: BigInt(nonce) } },
    });
    if (!row) return undefined;
    return {
      result: row.result as SettledEpoch['result'],
      scores: EpochScores.decode(row.scores),
      state: row.state as unknown as SettledState,
      rewards: EpochRewards.decode(row.rewards),
    };
  }
}

export function stateOf({ scoreRatio, smoothedFractions, scoreHistory }: RewardState): SettledState {
  const { inferer, forecaster, reputer } = smoothedFractions;
  return {
    scoreRatio,
    smoothedFractions: {
      inferer: Object.fromEntries(inferer),
      forecaster: Object.fromEntries(forecaster),
      reputer: Object.fromEntries(reputer),
    },
    scoreHistory,
  };
}

export const rewardStateOf = ({
  scoreRatio,
  smoothedFractions,
  scoreHistory,
}: SettledState): RewardState => ({
  scoreRatio,
  smoothedFractions: {
    inferer: new Map(Object.entries(smoothedFractions.inferer)),
    forecaster: new Map(Object.entries(smoothedFractions.forecaster)),
    reputer: new Map(Object.entries(smoothedFractions.reputer)),
  },
  scoreHistory,
});
