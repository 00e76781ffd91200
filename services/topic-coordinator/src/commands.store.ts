import { RefusalError } from '@allora/contracts/errors';
import { Topic, type TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';

export interface TopicCommand {
  readonly author: string;
  readonly requestId: string;
  /** Of the signed bytes, hex. */
  readonly hash: string;
}

/** All SQL on the commands that created and changed topics: a repeat is known by its author and request id. */
@Injectable()
export class CommandsStore {
  /** What the same command was answered before; a refusal when the request id stands for another one. */
  async answer(tx: Tx, command: TopicCommand): Promise<Topic | undefined> {
    const rows = await tx.$queryRaw<{ topic_id: bigint; hash: string; answer: string }[]>`
      SELECT topic_id, encode(hash, 'hex') AS hash, answer::text AS answer
      FROM topic_coordinator.applied_commands
      WHERE author = ${command.author} AND request_id = ${command.requestId}`;
    const [applied] = rows;
    if (!applied) return undefined;
    if (applied.hash !== command.hash) throw conflict(command, { topicId: Number(applied.topic_id) });
    return Topic.fromJSON(JSON.parse(applied.answer));
  }

  async add(tx: Tx, command: TopicCommand, topic: Topic & { params: TopicParams }): Promise<void> {
    const added = await tx.$executeRaw`
      INSERT INTO topic_coordinator.applied_commands (author, request_id, hash, topic_id, answer)
      VALUES (${command.author}, ${command.requestId}, decode(${command.hash}, 'hex'),
              ${String(topic.id)}::bigint, ${JSON.stringify(Topic.toJSON(topic))}::jsonb)
      ON CONFLICT (author, request_id) DO NOTHING`;
    // The same command would have waited its turn: the one that was faster is another.
    if (added === 0) throw conflict(command);
  }
}

const conflict = ({ requestId }: TopicCommand, facts: { topicId?: number } = {}) =>
  new RefusalError('CONFLICTING_REPEAT', `request id ${requestId} stands for another command`, facts);
