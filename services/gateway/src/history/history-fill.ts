import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { Log } from '@allora/service-kit/log';
import { Database, type Tx } from '@allora/store/database';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { hasValue } from '../proto';
import { topicColumns } from '../topics.store';
import { HistoryStore } from './history.store';
import { recordOf } from './inference-record';

const BATCH = 200;

interface Unread {
  readonly topic_id: bigint;
  readonly nonce: bigint;
  readonly message: Uint8Array;
  readonly produced_at_ms: bigint;
}

/** Reads what was kept before there was a history; replicas share the work, and a stop in its middle loses nothing. */
@Injectable()
export class HistoryFill implements OnApplicationBootstrap, OnModuleDestroy {
  private stopped = false;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly history: HistoryStore,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.work = this.fill().catch((error: unknown) => {
      this.log.error({ error }, 'the history of older inferences is not complete; the next start goes on');
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    await this.work;
  }

  /** Resolves when nothing is left to read, or at a stop. */
  async fill(): Promise<void> {
    await this.fillTopics();
    while (!this.stopped && (await this.database.transaction((tx) => this.fillBatch(tx)))) continue;
  }

  private async fillTopics(): Promise<void> {
    const { prisma } = this.database;
    const rows = await prisma.gatewayTopic.findMany({ where: { creator: null } });
    for (const { topicId, message } of rows) {
      // Told anew meanwhile, it has its columns.
      const data = topicColumns(Topic.decode(message));
      await prisma.gatewayTopic.updateMany({ where: { topicId, creator: null }, data });
    }
  }

  private async fillBatch(tx: Tx): Promise<boolean> {
    const unread = await tx.$queryRaw<Unread[]>`
      SELECT topic_id, nonce, message, produced_at_ms
        FROM gateway.unread_inferences AS unread JOIN gateway.epoch_facts AS fact USING (topic_id, nonce)
       WHERE fact.kind = 'inference' ORDER BY topic_id, nonce DESC LIMIT ${BATCH}
         FOR UPDATE OF unread SKIP LOCKED`;
    const records = unread
      .map((row) => ({ inference: NetworkInference.decode(row.message), toldMs: Number(row.produced_at_ms) }))
      .filter(({ inference }) => hasValue(inference))
      .map(({ inference, toldMs }) => recordOf(inference, toldMs));
    await this.history.addAll(tx, records);
    await tx.$executeRaw`
      DELETE FROM gateway.unread_inferences
       USING unnest(${unread.map((row) => row.topic_id)}::bigint[], ${unread.map((row) => row.nonce)}::bigint[])
             AS done (topic_id, nonce)
       WHERE unread_inferences.topic_id = done.topic_id AND unread_inferences.nonce = done.nonce`;
    return unread.length > 0;
  }
}
