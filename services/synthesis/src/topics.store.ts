import type { SynthesisProgress } from '@allora/protocol/epoch/next-synthesis-step';
import type { Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';

/** What a topic has come to; the regrets and workers have stores of their own. */
export interface TopicState extends SynthesisProgress {
  readonly topicId: number;
  readonly initialRegret: number;
  /** Latest combined network loss, log10; null until an epoch was scored. */
  readonly networkLoss: number | null;
  readonly synthesisedNonce: number | null;
}

const fresh: Omit<TopicState, 'topicId'> = {
  initialRegret: 0,
  networkLoss: null,
  synthesisedNonce: null,
  lossesNonce: null,
  scoresNonce: null,
  rewardsNonce: null,
};

/** All SQL on topics and on the inferences they gave. */
@Injectable()
export class TopicsStore {
  async load(tx: Tx, topicId: number): Promise<TopicState> {
    const [row] = await tx.$queryRaw<Omit<TopicState, 'topicId'>[]>`
      SELECT initial_regret AS "initialRegret", network_loss AS "networkLoss",
             synthesised_nonce::float8 AS "synthesisedNonce", losses_nonce::float8 AS "lossesNonce",
             scores_nonce::float8 AS "scoresNonce", rewards_nonce::float8 AS "rewardsNonce"
      FROM synthesis.topics WHERE topic_id = ${topicId}::bigint`;
    return { topicId, ...(row ?? fresh) };
  }

  async save(tx: Tx, topic: TopicState): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO synthesis.topics AS stored (topic_id, initial_regret, network_loss, synthesised_nonce, losses_nonce,
                                              scores_nonce, rewards_nonce)
      VALUES (${topic.topicId}::bigint, ${topic.initialRegret}::float8, ${topic.networkLoss}::float8,
              ${topic.synthesisedNonce}::bigint, ${topic.lossesNonce}::bigint, ${topic.scoresNonce}::bigint,
              ${topic.rewardsNonce}::bigint)
      ON CONFLICT (topic_id) DO UPDATE
      SET initial_regret = excluded.initial_regret, network_loss = excluded.network_loss,
          synthesised_nonce = excluded.synthesised_nonce, losses_nonce = excluded.losses_nonce,
          scores_nonce = excluded.scores_nonce, rewards_nonce = excluded.rewards_nonce`;
  }

  /** An inference with what it was made of beside itself, so that it can be made again. */
  async keepInference(
    tx: Tx,
    { topicId, nonce }: EpochKey,
    { inference, regrets }: Readonly<Record<'inference' | 'regrets', Uint8Array>>,
  ): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO synthesis.network_inferences (topic_id, nonce, message, regrets)
      VALUES (${topicId}::bigint, ${nonce}::bigint, ${inference}::bytea, ${regrets}::bytea)`;
  }

  async keptInference(
    db: Pick<Tx, '$queryRaw'>,
    { topicId, nonce }: EpochKey,
  ): Promise<{ inference: Uint8Array; regrets: Uint8Array | null } | undefined> {
    const [row] = await db.$queryRaw<{ inference: Uint8Array; regrets: Uint8Array | null }[]>`
      SELECT message AS inference, regrets FROM synthesis.network_inferences
      WHERE topic_id = ${topicId}::bigint AND nonce = ${nonce}::bigint`;
    return row;
  }
}

export interface EpochKey {
  readonly topicId: number;
  readonly nonce: number;
}
