import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { Database, type Tx } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import { Injectable } from '@nestjs/common';
import { type EpochFacts, epochFactsOf, type FactKind } from './proto';

export interface NewFact {
  readonly topicId: number;
  readonly nonce: number;
  readonly kind: FactKind;
  readonly message: Uint8Array;
  readonly producedAtMs: number;
}

export interface EpochOverview {
  readonly nonce: number;
  readonly kinds: readonly string[];
}

/** What was told of each epoch, as it was told. */
@Injectable()
export class FactsStore {
  constructor(private readonly database: Database) {}

  /** False when the fact is there already: the first telling stands. */
  async add(tx: Tx, fact: NewFact): Promise<boolean> {
    return (await tx.$executeRaw(this.addition(fact))) === 1;
  }

  addition({ topicId, nonce, kind, message, producedAtMs }: NewFact): Prisma.Sql {
    return Prisma.sql`
      INSERT INTO gateway.epoch_facts (topic_id, nonce, kind, message, produced_at_ms)
      VALUES (${BigInt(topicId)}, ${BigInt(nonce)}, ${kind}, ${message}, ${BigInt(producedAtMs)})
      ON CONFLICT DO NOTHING`;
  }

  async epoch(
    topicId: number,
    nonce: number,
    reader: Pick<Tx, 'epochFact'> = this.database.prisma,
  ): Promise<EpochFacts> {
    const rows = await reader.epochFact.findMany({
      where: { topicId: BigInt(topicId), nonce: BigInt(nonce) },
    });
    return epochFactsOf(
      rows.map(({ kind, message, producedAtMs }) => ({
        nonce,
        kind,
        message,
        producedAtMs: Number(producedAtMs),
      })),
    );
  }

  /** The first inference of a later nonce; undefined when there is none. */
  async inferenceAfter(topicId: number, nonce: number): Promise<NetworkInference | undefined> {
    const row = await this.database.prisma.epochFact.findFirst({
      where: { topicId: BigInt(topicId), kind: 'inference', nonce: { gt: BigInt(nonce) } },
      orderBy: { nonce: 'asc' },
    });
    return row ? NetworkInference.decode(row.message) : undefined;
  }

  /** Newest first. */
  async epochs(
    topicId: number,
    options: { limit: number; before?: number | undefined },
  ): Promise<EpochOverview[]> {
    const before = options.before === undefined ? null : BigInt(options.before);
    const rows = await this.database.prisma.$queryRaw<{ nonce: bigint; kinds: string[] }[]>`
      SELECT nonce, array_agg(kind) AS kinds FROM gateway.epoch_facts
       WHERE topic_id = ${BigInt(topicId)} AND (${before}::bigint IS NULL OR nonce < ${before}::bigint)
       GROUP BY nonce ORDER BY nonce DESC LIMIT ${options.limit}::int`;
    return rows.map(({ nonce, kinds }) => ({ nonce: Number(nonce), kinds }));
  }

  /** Scores and rewards of the latest epochs that have any, newest first. */
  async latestResults(topicId: number, limit: number): Promise<{ nonce: number; facts: EpochFacts }[]> {
    const rows = await this.database.prisma.epochFact.findMany({
      where: { topicId: BigInt(topicId), kind: { in: ['scores', 'rewards'] } },
      orderBy: { nonce: 'desc' },
      take: 2 * limit,
    });
    const nonces = [...new Set(rows.map((row) => Number(row.nonce)))].slice(0, limit);
    return nonces.map((nonce) => ({
      nonce,
      facts: epochFactsOf(
        rows
          .filter((row) => Number(row.nonce) === nonce)
          .map(({ kind, message, producedAtMs }) => ({
            nonce,
            kind,
            message,
            producedAtMs: Number(producedAtMs),
          })),
      ),
    }));
  }
}
