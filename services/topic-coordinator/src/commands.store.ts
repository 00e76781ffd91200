import { RefusalError } from '@allora/contracts/errors';
import type { Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';

export interface TopicCommand {
  readonly author: string;
  readonly requestId: string;
  /** Of the signed bytes, hex. */
  readonly hash: string;
}

/** The message that commands of a kind are answered with. */
interface Answer<T> {
  readonly fromJSON: (json: unknown) => T;
}

/** All SQL on commands that were applied: a repeat is known by its author and request id. */
@Injectable()
export class CommandsStore {
  /** What the same command was answered before; a refusal when the request id stands for another one. */
  async answer<T>(tx: Tx, command: TopicCommand, message: Answer<T>): Promise<T | undefined> {
    const rows = await tx.$queryRaw<{ topic_id: bigint; hash: string; answer: string }[]>`
      SELECT topic_id, encode(hash, 'hex') AS hash, answer::text AS answer
      FROM topic_coordinator.applied_commands
      WHERE author = ${command.author} AND request_id = ${command.requestId}`;
    const [applied] = rows;
    if (!applied) return undefined;
    if (applied.hash !== command.hash) throw conflict(command, { topicId: Number(applied.topic_id) });
    return message.fromJSON(JSON.parse(applied.answer));
  }

  async add(tx: Tx, command: TopicCommand, topicId: number, answerJson: unknown): Promise<void> {
    const added = await tx.$executeRaw`
      INSERT INTO topic_coordinator.applied_commands (author, request_id, hash, topic_id, answer)
      VALUES (${command.author}, ${command.requestId}, decode(${command.hash}, 'hex'),
              ${String(topicId)}::bigint, ${JSON.stringify(answerJson)}::jsonb)
      ON CONFLICT (author, request_id) DO NOTHING`;
    // The same command would have waited its turn: the one that was faster is another.
    if (added === 0) throw conflict(command);
  }
}

const conflict = ({ requestId }: TopicCommand, facts: { topicId?: number } = {}) =>
  new RefusalError('CONFLICTING_REPEAT', `request id ${requestId} stands for another command`, facts);
