import type { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { Tx } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import { PREPARED } from '@allora/store/prepared';
import { Injectable } from '@nestjs/common';
import { FactsStore, type NewFact } from './facts.store';
import { HistoryStore } from './history/history.store';
import { type Latest, latestOf } from './hot/latest';
import { type LatestRow, LatestStore, toFact } from './hot/latest.store';
import { ParticipantsStore } from './participants.store';
import { hasValue } from './proto';
import { PurchasesStore } from './purchases/purchases.store';
import { ShadowsStore } from './shadows.store';
import { TopicsStore } from './topics.store';

export interface NewInference {
  readonly inference: NetworkInference;
  readonly fact: NewFact;
  readonly nowMs: number;
}

export interface KeptInference {
  /** Where the inference is its topic's latest now. */
  readonly latest: Latest | undefined;
}

type KeptRow = Omit<LatestRow, 'latest' | 'message'> & {
  readonly latest: bigint | null;
  /** Null in the row of the inference itself. */
  readonly message: Uint8Array | null;
};

/** An inference without a value is never the latest. */
const NO_LATEST = Prisma.sql`latest AS (SELECT topic_id, nonce FROM kept WHERE false)`;

/**
 * An inference and all that follows from it, in one statement: readers are told when its transaction has ended, and each round
 * trip would be waited for by all of them. Of each table its own store says what is written; `kept` has a row when the inference
 * is new.
 */
@Injectable()
export class InferencesStore {
  constructor(
    private readonly facts: FactsStore,
    private readonly participants: ParticipantsStore,
    private readonly shadows: ShadowsStore,
    private readonly history: HistoryStore,
    private readonly purchases: PurchasesStore,
    private readonly topics: TopicsStore,
    private readonly latest: LatestStore,
  ) {}

  /** Undefined when it was kept before: the first telling stands. */
  async keep(tx: Tx, { inference, fact, nowMs }: NewInference): Promise<KeptInference | undefined> {
    const { topicId, nonce } = inference;
    const answers = this.shadows.answersOf(inference);
    const parts = [
      Prisma.sql`kept AS (${this.facts.addition(fact)} RETURNING topic_id, nonce, kind, produced_at_ms)`,
      Prisma.sql`standings AS (${this.participants.standingsOf(inference)})`,
      ...(answers ? [Prisma.sql`answers AS (${answers})`] : []),
      ...(hasValue(inference) ? this.ofValue(inference, fact.producedAtMs, nowMs) : [NO_LATEST]),
      this.latest.newest,
    ];
    const rows = await tx.$queryRaw<KeptRow[]>`${PREPARED}
      WITH ${Prisma.join(parts)}
      SELECT (SELECT nonce FROM latest) AS latest, nonce, kind, NULL AS message, produced_at_ms FROM kept
      UNION ALL ${this.latest.facts}`;
    if (rows.length === 0) return undefined;
    const isLatest = rows.some(({ latest }) => latest !== null);
    const stored = rows.map((row) => toFact({ ...row, message: row.message ?? fact.message }));
    return { latest: isLatest ? latestOf(topicId, nonce, stored) : undefined };
  }

  private ofValue(inference: NetworkInference, toldMs: number, nowMs: number): Prisma.Sql[] {
    return [
      Prisma.sql`history AS (${this.history.entryOf(inference, toldMs)})`,
      Prisma.sql`woken AS (${this.purchases.wakeUp(nowMs)})`,
      Prisma.sql`latest AS (${this.topics.newLatest})`,
    ];
  }
}
