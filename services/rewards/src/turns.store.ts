import { BlocksTold } from '@allora/contracts/gen/allora/topics/v1/topics';
import {
  type AwaitedSet,
  type DueFees,
  type EpochAt,
  type LedgerInputs,
  setName,
  type UnpaidEpoch,
} from '@allora/protocol/economy/ledger-turns';
import type { Tx } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import { numberArray, textArray } from '@allora/store/pg-array';
import { Injectable } from '@nestjs/common';

export interface SubmissionFees extends DueFees {
  readonly submitters: readonly string[];
}

export interface LedgerHead extends LedgerInputs {
  /** Of the record of blocks. */
  readonly toldId: number | undefined;
}

/** A data fee is posted once under it. */
export const dataFeeKey = ({ topicId, nonce, kind, part }: Omit<DueFees, 'parts'>): string =>
  `data-fee:${topicId}:${nonce}:${kind}${part === 0 ? '' : `:${part}`}`;

interface FoundHead {
  readonly told: { readonly id: number; readonly message: string } | null;
  readonly unpaid: UnpaidEpoch[] | null;
  readonly ended_fees: DueFees[] | null;
}

interface FoundEnds {
  readonly open_fees: DueFees[] | null;
  readonly charged: string[] | null;
  readonly known: number[] | null;
}

/** What was read of the logs and waits for its turn on the ledger. All in transactions that hold the ledger. */
@Injectable()
export class TurnsStore {
  async keepBlocks(tx: Tx, told: BlocksTold): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO rewards.told_blocks (to_height, message)
      SELECT ${BigInt(told.toHeight)}, ${BlocksTold.encode(told).finish()}
       WHERE ${BigInt(told.toHeight)} > (SELECT height FROM rewards.network)`;
  }

  /** Also of an epoch that has ended: one that was late. */
  async keepFees(tx: Tx, fees: SubmissionFees): Promise<void> {
    const [topicId, nonce] = [BigInt(fees.topicId), BigInt(fees.nonce)];
    await tx.$executeRaw`
      INSERT INTO rewards.submission_fees (topic_id, nonce, kind, part, parts, submitters, ended)
      SELECT ${topicId}, ${nonce}, ${fees.kind}, ${fees.part}::int, ${Math.max(1, fees.parts)}::int,
             ${textArray(fees.submitters)}::text[],
             EXISTS (SELECT 1 FROM rewards.epoch_emissions WHERE topic_id = ${topicId} AND nonce >= ${nonce})
       WHERE NOT EXISTS (SELECT 1 FROM rewards.transfers WHERE key = ${dataFeeKey(fees)})
      ON CONFLICT DO NOTHING`;
  }

  async head(tx: Tx): Promise<LedgerHead> {
    const [row] = await tx.$queryRaw<{ found: FoundHead }[]>`
      SELECT json_build_object(
        'told', (SELECT json_build_object('id', id, 'message', encode(message, 'hex'))
          FROM rewards.told_blocks ORDER BY id LIMIT 1),
        'unpaid', (SELECT json_agg(json_build_object('topicId', u.topic_id, 'nonce', u.nonce, 'height', u.height,
          'overdue', u.overdue))
          FROM rewards.unpaid_epochs u LEFT JOIN rewards.topic_progress p USING (topic_id)
         WHERE u.nonce > coalesce(p.paid_nonce, 0)),
        'ended_fees', (SELECT json_agg(json_build_object('topicId', topic_id, 'nonce', nonce, 'kind', kind,
          'part', part, 'parts', parts)) FROM rewards.submission_fees WHERE ended)
      ) AS found`;
    const { told: record, unpaid, ended_fees: endedFees } = row!.found;
    const told = record ? BlocksTold.decode(Buffer.from(record.message, 'hex')) : undefined;
    return {
      toldId: record?.id,
      told,
      unpaid: unpaid ?? [],
      endedFees: endedFees ?? [],
      ...(await this.endsOf(tx, told)),
    };
  }

  private async endsOf(
    tx: Tx,
    told: BlocksTold | undefined,
  ): Promise<Pick<LedgerInputs, 'openFees' | 'chargedSets' | 'unknownTopics'>> {
    if (!told || told.ended.length === 0)
      return { openFees: [], chargedSets: new Set(), unknownTopics: new Set() };
    const topicIds = [...new Set(told.ended.map(({ topicId }) => topicId))];
    const sets = told.ended.flatMap((epoch) =>
      (['inferences', 'forecasts'] as const).map((kind): AwaitedSet => ({ ...epoch, kind })),
    );
    const keys = sets.map((set) => dataFeeKey({ ...set, part: 0 }));
    const ids = numberArray(topicIds);
    const [row] = await tx.$queryRaw<{ found: FoundEnds }[]>`
      SELECT json_build_object(
        'open_fees', (SELECT json_agg(json_build_object('topicId', topic_id, 'nonce', nonce, 'kind', kind,
          'part', part, 'parts', parts)) FROM rewards.submission_fees WHERE topic_id = ANY (${ids}::bigint[])),
        'charged', (SELECT json_agg(key) FROM rewards.transfers WHERE key = ANY (${textArray(keys)}::text[])),
        'known', (SELECT json_agg(topic_id) FROM rewards.topics
          WHERE topic_id = ANY (${ids}::bigint[]) AND creator <> '')
      ) AS found`;
    const { open_fees: openFees, charged, known } = row!.found;
    const chargedKeys = new Set(charged);
    return {
      openFees: openFees ?? [],
      chargedSets: new Set(sets.filter((_, i) => chargedKeys.has(keys[i]!)).map(setName)),
      unknownTopics: new Set(topicIds.filter((id) => !known?.includes(id))),
    };
  }

  /** With their submitters, in the order given. */
  async withSubmitters(tx: Tx, fees: readonly DueFees[]): Promise<SubmissionFees[]> {
    const rows = await tx.$queryRaw<{ place: bigint; submitters: string[] }[]>`
      SELECT d.place, f.submitters FROM rewards.submission_fees f
        JOIN ${namesOf(fees)} WITH ORDINALITY AS d (topic_id, nonce, kind, part, place)
             USING (topic_id, nonce, kind, part) ORDER BY d.place`;
    return rows.map(({ place, submitters }) => ({ ...fees[Number(place) - 1]!, submitters }));
  }

  async forgetFees(tx: Tx, fees: readonly DueFees[]): Promise<void> {
    await tx.$executeRaw`
      DELETE FROM rewards.submission_fees f USING ${namesOf(fees)} AS d (topic_id, nonce, kind, part)
       WHERE f.topic_id = d.topic_id AND f.nonce = d.nonce AND f.kind = d.kind AND f.part = d.part`;
  }

  /** Before blocks up to a height are applied: those, and all that they cover, wait no more. */
  async takeBlocks(tx: Tx, toHeight: number): Promise<void> {
    await tx.toldBlocksRecord.deleteMany({ where: { toHeight: { lte: BigInt(toHeight) } } });
  }

  /** Epochs that have ended now; one that is paid already was paid by a release that does not wait. */
  async recordEnded(tx: Tx, ended: readonly EpochAt[]): Promise<void> {
    if (ended.length === 0) return;
    const topicIds = numberArray(ended.map(({ topicId }) => topicId));
    const nonces = numberArray(ended.map(({ nonce }) => nonce));
    await tx.$executeRaw`
      INSERT INTO rewards.unpaid_epochs (topic_id, nonce, height)
      SELECT * FROM unnest(${topicIds}::bigint[], ${nonces}::bigint[],
                           ${numberArray(ended.map(({ height }) => height))}::bigint[])
      ON CONFLICT DO NOTHING`;
    await tx.$executeRaw`
      UPDATE rewards.submission_fees f SET ended = true
        FROM unnest(${topicIds}::bigint[], ${nonces}::bigint[]) AS e (topic_id, nonce)
       WHERE f.topic_id = e.topic_id AND f.nonce <= e.nonce AND NOT f.ended`;
  }

  async forgetUnpaid(tx: Tx, topicId: number, nonce: number): Promise<void> {
    await tx.unpaidEpoch.deleteMany({ where: { topicId: BigInt(topicId), nonce: { lte: BigInt(nonce) } } });
  }

  /** From now on nothing waits for these, nor for what else comes of their topics until they are paid. */
  async giveUp(tx: Tx, epochs: readonly EpochAt[]): Promise<void> {
    if (epochs.length === 0) return;
    await tx.$executeRaw`
      INSERT INTO rewards.unpaid_epochs (topic_id, nonce, height, overdue)
      SELECT DISTINCT topic_id, nonce, height, true
        FROM unnest(${numberArray(epochs.map(({ topicId }) => topicId))}::bigint[],
                    ${numberArray(epochs.map(({ nonce }) => nonce))}::bigint[],
                    ${numberArray(epochs.map(({ height }) => height))}::bigint[]) AS e (topic_id, nonce, height)
      ON CONFLICT (topic_id, nonce) DO UPDATE SET overdue = true`;
  }

  async countWaiting(tx: Pick<Tx, 'toldBlocksRecord'>): Promise<number> {
    return tx.toldBlocksRecord.count();
  }
}

const namesOf = (fees: readonly DueFees[]): Prisma.Sql =>
  Prisma.sql`unnest(${numberArray(fees.map(({ topicId }) => topicId))}::bigint[],
                    ${numberArray(fees.map(({ nonce }) => nonce))}::bigint[],
                    ${textArray(fees.map(({ kind }) => kind))}::text[],
                    ${numberArray(fees.map(({ part }) => part))}::int[])`;
