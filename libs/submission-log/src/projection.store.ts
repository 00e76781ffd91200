import { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Tx } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import type { IngestSchema } from './kind';

export interface WindowFact {
  readonly topicId: number;
  readonly nonce: number;
  /** Height at which it closes. */
  readonly closesHeight: number;
}

/** What the coordinator owns and this service remembers. Facts only accumulate: a window once closed stays closed. */
export class ProjectionStore {
  private readonly topics: Prisma.Sql;
  private readonly registrations: Prisma.Sql;
  private readonly windows: Prisma.Sql;

  constructor(schema: IngestSchema) {
    const table = (name: string) => Prisma.raw(`"${schema}"."${name}"`);
    this.topics = table('known_topics');
    this.registrations = table('known_registrations');
    this.windows = table('known_windows');
  }

  async addTopic(tx: Tx, topicId: number, params: TopicParams): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO ${this.topics} (topic_id, params)
      VALUES (${String(topicId)}::bigint, ${JSON.stringify(TopicParams.toJSON(params))}::jsonb)
      ON CONFLICT (topic_id) DO UPDATE SET params = excluded.params`;
  }

  async addRegistration(tx: Tx, topicId: number, address: string): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO ${this.registrations} (topic_id, address) VALUES (${String(topicId)}::bigint, ${address})
      ON CONFLICT DO NOTHING`;
  }

  async openWindow(tx: Tx, window: WindowFact): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO ${this.windows} (topic_id, nonce, closes_height, closed)
      VALUES (${String(window.topicId)}::bigint, ${String(window.nonce)}::bigint,
              ${String(window.closesHeight)}::bigint, false)
      ON CONFLICT DO NOTHING`;
  }

  async closeWindow(tx: Tx, window: WindowFact): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO ${this.windows} (topic_id, nonce, closes_height, closed)
      VALUES (${String(window.topicId)}::bigint, ${String(window.nonce)}::bigint,
              ${String(window.closesHeight)}::bigint, true)
      ON CONFLICT (topic_id, nonce) DO UPDATE SET closed = true`;
  }
}
