import type { Registration, Role, Topic, TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Tx } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import { Injectable } from '@nestjs/common';
import { paramsToText, toTopic, type TopicRow } from './proto';

const columns = Prisma.sql`id, creator, metadata, loss_method, params::text AS params, active, created_height`;

export interface TopicCommand {
  readonly author: string;
  readonly requestId: string;
}

/** All SQL on topics, registrations and the commands that made them. */
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

  async add(tx: Tx, topic: Topic & { params: TopicParams }, firstNonce: number): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO topic_coordinator.topics (id, creator, metadata, loss_method, params, active, created_height,
                                            first_nonce, told_height, next_turn_height)
      VALUES (${String(topic.id)}::bigint, ${topic.creator}, ${topic.metadata}, ${topic.lossMethod},
              ${paramsToText(topic.params)}::jsonb, ${topic.active}, ${String(topic.createdHeight)}::bigint,
              ${String(firstNonce)}::bigint, ${String(topic.createdHeight)}::bigint, ${String(firstNonce)}::bigint)`;
  }

  async appliedCommand(tx: Tx, { author, requestId }: TopicCommand) {
    const rows = await tx.$queryRaw<{ topic_id: bigint; hash: string }[]>`
      SELECT topic_id, encode(hash, 'hex') AS hash FROM topic_coordinator.applied_commands
      WHERE author = ${author} AND request_id = ${requestId}`;
    return rows[0] && { topicId: Number(rows[0].topic_id), hash: rows[0].hash };
  }

  async addCommand(
    tx: Tx,
    { author, requestId }: TopicCommand,
    hash: string,
    topicId: number,
  ): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO topic_coordinator.applied_commands (author, request_id, hash, topic_id)
      VALUES (${author}, ${requestId}, decode(${hash}, 'hex'), ${String(topicId)}::bigint)`;
  }

  async findRegistration(
    tx: Tx,
    topicId: number,
    address: string,
    role: Role,
  ): Promise<Registration | undefined> {
    const rows = await tx.$queryRaw<{ height: bigint }[]>`
      SELECT height FROM topic_coordinator.registrations
      WHERE topic_id = ${String(topicId)}::bigint AND address = ${address} AND role = ${role}::smallint`;
    return rows[0] && { topicId, address, role, height: Number(rows[0].height) };
  }

  async addRegistration(tx: Tx, { topicId, address, role, height }: Registration): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO topic_coordinator.registrations (topic_id, address, role, height)
      VALUES (${String(topicId)}::bigint, ${address}, ${role}::smallint, ${String(height)}::bigint)`;
  }
}
