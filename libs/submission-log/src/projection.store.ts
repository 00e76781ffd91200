import { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Tx } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import { numberArray, textArray } from '@allora/store/pg-array';
import type { IngestSchema } from './kind';
import type { SubmissionKey } from './receipts.store';
import { type KnownStage, stageNumber, stageOf } from './window-stage';

export interface WindowFact {
  readonly topicId: number;
  readonly nonce: number;
  /** Height at which the stage ends that it is in now, as far as it is known. */
  readonly closesHeight: number;
}

/** What this service remembers about a submission at the door. */
export interface ProjectedFacts {
  /** Rules of the topic; undefined when it is not known here. */
  readonly params: TopicParams | undefined;
  readonly registered: boolean;
  readonly window: KnownStage | undefined;
}

interface FactsRow {
  readonly params: string | null;
  readonly registered: boolean;
  readonly stage: number | null;
}

/** What the coordinator owns and this service remembers. Facts only accumulate: a window never goes back. */
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

  /** One round trip for any number of submissions; answers in the order of the keys. */
  async lookUp(tx: Tx, keys: readonly SubmissionKey[]): Promise<ProjectedFacts[]> {
    const rows = await tx.$queryRaw<FactsRow[]>`
      SELECT t.params::text AS params, r.address IS NOT NULL AS registered, w.stage
      FROM unnest(${numberArray(keys.map(({ topicId }) => topicId))}::bigint[],
                  ${numberArray(keys.map(({ nonce }) => nonce))}::bigint[],
                  ${textArray(keys.map(({ author }) => author))}::text[])
           WITH ORDINALITY AS k(topic_id, nonce, author, place)
      LEFT JOIN ${this.topics} t ON t.topic_id = k.topic_id
      LEFT JOIN ${this.registrations} r ON r.topic_id = k.topic_id AND r.address = k.author
      LEFT JOIN ${this.windows} w ON w.topic_id = k.topic_id AND w.nonce = k.nonce
      ORDER BY k.place`;
    return rows.map(({ params, registered, stage }) => ({
      params: params === null ? undefined : TopicParams.fromJSON(JSON.parse(params)),
      registered,
      window: stage === null ? undefined : stageOf(stage),
    }));
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

  /** Also when it was further already: then nothing changes. */
  async moveWindow(tx: Tx, window: WindowFact, stage: KnownStage): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO ${this.windows} AS known (topic_id, nonce, closes_height, stage)
      VALUES (${String(window.topicId)}::bigint, ${String(window.nonce)}::bigint,
              ${String(window.closesHeight)}::bigint, ${stageNumber(stage)}::integer)
      ON CONFLICT (topic_id, nonce) DO UPDATE SET stage = excluded.stage WHERE known.stage < excluded.stage`;
  }
}
