import type { Topic, TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Tx } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import { Injectable } from '@nestjs/common';
import { paramsToText, toTopic, type TopicRow } from './proto';

const columns = Prisma.sql`id, creator, metadata, loss_method, params::text AS params, active, created_height,
  creation_fee_uallo::text AS creation_fee_uallo`;

export interface Pause {
  readonly height: number;
  /** Whether it would be active by its weight. */
  readonly awake: boolean;
}

/** All SQL on topics. */
@Injectable()
export class TopicsStore {
  async find(tx: Tx, topicId: number): Promise<(Topic & { params: TopicParams }) | undefined> {
    const rows = await tx.$queryRaw<TopicRow[]>`
      SELECT ${columns} FROM topic_coordinator.topics WHERE id = ${String(topicId)}::bigint`;
    return rows[0] && toTopic(rows[0]);
  }

  /** Callers take turns: ids have no gaps. */
  async nextId(tx: Tx): Promise<number> {
    const rows = await tx.$queryRaw<{ id: bigint }[]>`
      SELECT coalesce(max(id), 0) + 1 AS id FROM topic_coordinator.topics`;
    return Number(rows[0]?.id);
  }

  /** Its first stretch goes with it. */
  async add(tx: Tx, topic: Topic & { params: TopicParams }): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO topic_coordinator.topics (id, creator, metadata, loss_method, params, active, created_height,
                                            creation_fee_uallo, told_height)
      VALUES (${String(topic.id)}::bigint, ${topic.creator}, ${topic.metadata}, ${topic.lossMethod},
              ${paramsToText(topic.params)}::jsonb, ${topic.active}, ${String(topic.createdHeight)}::bigint,
              ${topic.creationFeeUallo ?? null}::numeric, ${String(topic.createdHeight)}::bigint)`;
  }

  /** What may change of a topic. */
  async update(tx: Tx, topic: Topic & { params: TopicParams }): Promise<void> {
    await tx.$executeRaw`
      UPDATE topic_coordinator.topics
      SET metadata = ${topic.metadata}, loss_method = ${topic.lossMethod},
          params = ${paramsToText(topic.params)}::jsonb, active = ${topic.active}
      WHERE id = ${String(topic.id)}::bigint`;
  }

  /** Whether no later weight was heard of before. */
  async noteWeight(tx: Tx, topicId: number, height: number): Promise<boolean> {
    const noted = await tx.$executeRaw`
      UPDATE topic_coordinator.topics SET weight_height = ${String(height)}::bigint
      WHERE id = ${String(topicId)}::bigint AND (weight_height IS NULL OR weight_height <= ${String(height)}::bigint)`;
    return noted === 1;
  }

  /** What an operator has paused; undefined of a topic that is not. */
  async pauseOf(tx: Tx, topicId: number): Promise<Pause | undefined> {
    const rows = await tx.$queryRaw<{ paused_height: bigint; awake_at_resume: boolean }[]>`
      SELECT paused_height, awake_at_resume FROM topic_coordinator.topics
      WHERE id = ${String(topicId)}::bigint AND paused_height IS NOT NULL`;
    return rows[0] && { height: Number(rows[0].paused_height), awake: rows[0].awake_at_resume };
  }

  async setPause(tx: Tx, topicId: number, pause: Pause | undefined): Promise<void> {
    await tx.$executeRaw`
      UPDATE topic_coordinator.topics
      SET paused_height = ${pause ? String(pause.height) : null}::bigint, awake_at_resume = ${pause?.awake ?? null}
      WHERE id = ${String(topicId)}::bigint`;
  }
}
