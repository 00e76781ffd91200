import {
  type EpochEvent,
  EpochPhase,
  type Registration,
  Topic,
} from '@allora/contracts/gen/allora/topics/v1/topics';
import { Database, type Tx } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import { Injectable } from '@nestjs/common';
import { roleText, type RoleText } from './proto';

export interface OpenWindow {
  readonly topicId: number;
  readonly nonce: number;
  readonly role: string;
  readonly openedHeight: number;
  readonly closesHeight: number;
}

export interface KnownTopic {
  readonly topic: Topic;
  readonly latestNonce: number | null;
}

export interface TopicFilter {
  readonly limit: number;
  /** Topics with a higher id than this. */
  readonly after: number;
  readonly active?: boolean | undefined;
  readonly lossMethod?: string | undefined;
  readonly creator?: string | undefined;
  readonly ids?: readonly number[] | undefined;
  /** Text within the metadata, in any case. */
  readonly search?: string | undefined;
}

/** What topics are filtered by. */
export const topicColumns = ({ creator, lossMethod, active, metadata }: Topic) => ({
  creator,
  lossMethod,
  active,
  metadata,
});

/** The text itself, where LIKE would take its signs for wildcards. */
const literally = (text: string): string => text.replaceAll(/[\\%_]/g, '\\$&');

const windowRole = (phase: EpochPhase): RoleText =>
  phase === EpochPhase.REPUTER_WINDOW_OPENED || phase === EpochPhase.REPUTER_WINDOW_CLOSED
    ? 'reputer'
    : 'worker';

/** Projection of the coordinator's facts. */
@Injectable()
export class TopicsStore {
  constructor(private readonly database: Database) {}

  async saveTopic(tx: Tx, topic: Topic): Promise<void> {
    const told = { message: Buffer.from(Topic.encode(topic).finish()), ...topicColumns(topic) };
    const topicId = BigInt(topic.id);
    await tx.gatewayTopic.upsert({ where: { topicId }, create: { topicId, ...told }, update: told });
  }

  /** False when it is there already, whose standing then is this one. */
  async saveRegistration(tx: Tx, { topicId, address, role, height, shadow }: Registration): Promise<boolean> {
    const id = { topicId: BigInt(topicId), address, role: roleText(role) };
    const { count } = await tx.gatewayRegistration.createMany({
      data: [{ ...id, height: BigInt(height), shadow }],
      skipDuplicates: true,
    });
    if (count === 0)
      await tx.gatewayRegistration.updateMany({ where: id, data: { height: BigInt(height), shadow } });
    return count === 1;
  }

  /** Turns of a topic come in order, so the open windows are those told opened and not told closed. */
  async saveWindow(tx: Tx, event: EpochEvent): Promise<void> {
    const { topicId, nonce, phase, height, closesHeight } = event;
    const id = { topicId: BigInt(topicId), nonce: BigInt(nonce), role: windowRole(phase) };
    if (phase === EpochPhase.WORKER_WINDOW_CLOSED || phase === EpochPhase.REPUTER_WINDOW_CLOSED) {
      await tx.gatewayOpenWindow.deleteMany({ where: id });
      return;
    }
    const heights = { openedHeight: BigInt(height), closesHeight: BigInt(closesHeight) };
    await tx.gatewayOpenWindow.upsert({
      where: { topicId_nonce_role: id },
      create: { ...id, ...heights },
      // When reveals open, the window goes on for them. No other turn opens one a second time.
      update: heights,
    });
  }

  /** Of the inference in `kept`; has a row when this is now the latest nonce with a value. The topic may be told later. */
  readonly newLatest = Prisma.sql`
      INSERT INTO gateway.latest_inferences (topic_id, nonce) SELECT topic_id, nonce FROM kept
      ON CONFLICT (topic_id) DO UPDATE SET nonce = excluded.nonce WHERE latest_inferences.nonce < excluded.nonce
      RETURNING topic_id, nonce`;

  async latestNonce(topicId: number, reader: Pick<Tx, 'latestInference'> = this.database.prisma) {
    const row = await reader.latestInference.findUnique({ where: { topicId: BigInt(topicId) } });
    return row ? Number(row.nonce) : null;
  }

  async find(topicId: number): Promise<KnownTopic | undefined> {
    const row = await this.database.prisma.gatewayTopic.findUnique({ where: { topicId: BigInt(topicId) } });
    return row
      ? { topic: Topic.decode(row.message), latestNonce: await this.latestNonce(topicId) }
      : undefined;
  }

  /** By ascending id. */
  async list({ limit: take, after, ids, search, ...exact }: TopicFilter): Promise<KnownTopic[]> {
    const rows = await this.database.prisma.gatewayTopic.findMany({
      where: {
        topicId: { gt: BigInt(after), ...(ids && { in: ids.map(BigInt) }) },
        ...(exact.active !== undefined && { active: exact.active }),
        ...(exact.lossMethod !== undefined && { lossMethod: exact.lossMethod }),
        ...(exact.creator !== undefined && { creator: exact.creator }),
        ...(search !== undefined && { metadata: { contains: literally(search), mode: 'insensitive' } }),
      },
      orderBy: { topicId: 'asc' },
      take,
    });
    const latest = await this.database.prisma.latestInference.findMany({
      where: { topicId: { in: rows.map((row) => row.topicId) } },
    });
    const nonces = new Map(latest.map((row) => [row.topicId, Number(row.nonce)]));
    return rows.map((row) => ({
      topic: Topic.decode(row.message),
      latestNonce: nonces.get(row.topicId) ?? null,
    }));
  }

  async openWindows(topicIds: readonly number[]): Promise<OpenWindow[]> {
    const rows = await this.database.prisma.gatewayOpenWindow.findMany({
      where: { topicId: { in: topicIds.map(BigInt) } },
      orderBy: [{ topicId: 'asc' }, { nonce: 'asc' }, { role: 'asc' }],
    });
    return rows.map((row) => ({
      topicId: Number(row.topicId),
      nonce: Number(row.nonce),
      role: row.role,
      openedHeight: Number(row.openedHeight),
      closesHeight: Number(row.closesHeight),
    }));
  }
}
