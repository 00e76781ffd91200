import type { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { nextTurnHeight, overHeight, type Timetable } from '@allora/protocol/epoch/timetable';
import type { Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { paramsFromText, paramsToText } from './proto';

export interface HeldTimetable {
  /** All turns up to this height are told. */
  readonly toldHeight: number;
  /** Without stretches that are over, but for the latest of them. */
  readonly timetable: Timetable<TopicParams>;
}

interface StretchRow {
  readonly first_nonce: bigint;
  readonly until_nonce: bigint | null;
  readonly params: string;
}

/** All SQL on the stretches of topics, and on how far they are told. */
@Injectable()
export class TimetablesStore {
  /** Holds the topic until the transaction ends. */
  async hold(tx: Tx, topicId: number): Promise<HeldTimetable> {
    const [row] = await tx.$queryRaw<{ told_height: bigint }[]>`
      SELECT told_height FROM topic_coordinator.topics WHERE id = ${String(topicId)}::bigint FOR UPDATE`;
    if (!row) throw new Error(`topic ${topicId} is gone`);
    const stretches = await tx.$queryRaw<StretchRow[]>`
      SELECT first_nonce, until_nonce, params::text AS params FROM topic_coordinator.stretches
      WHERE topic_id = ${String(topicId)}::bigint AND first_nonce >= coalesce((
        SELECT max(first_nonce) FROM topic_coordinator.stretches
        WHERE topic_id = ${String(topicId)}::bigint AND over_height <= ${String(row.told_height)}::bigint), 0)
      ORDER BY first_nonce`;
    const timetable = stretches.map((stretch) => ({
      firstNonce: Number(stretch.first_nonce),
      untilNonce: stretch.until_nonce === null ? undefined : Number(stretch.until_nonce),
      params: paramsFromText(stretch.params),
    }));
    return { toldHeight: Number(row.told_height), timetable };
  }

  /** In place of what was held. */
  async replace(
    tx: Tx,
    topicId: number,
    held: HeldTimetable,
    timetable: Timetable<TopicParams>,
  ): Promise<void> {
    const text = (height: number | undefined) => (height === undefined ? null : String(height));
    await tx.$executeRaw`
      DELETE FROM topic_coordinator.stretches
      WHERE topic_id = ${String(topicId)}::bigint
        AND first_nonce >= ${String(held.timetable[0]?.firstNonce ?? 0)}::bigint`;
    await tx.$executeRaw`
      INSERT INTO topic_coordinator.stretches (topic_id, first_nonce, until_nonce, over_height, params)
      SELECT ${String(topicId)}::bigint, s.first_nonce, s.until_nonce, s.over_height, s.params::jsonb
      FROM unnest(${timetable.map(({ firstNonce }) => String(firstNonce))}::bigint[],
                  ${timetable.map(({ untilNonce }) => text(untilNonce))}::bigint[],
                  ${timetable.map((stretch) => text(overHeight(stretch)))}::bigint[],
                  ${timetable.map(({ params }) => paramsToText(params))}::text[])
        AS s(first_nonce, until_nonce, over_height, params)`;
    await this.recordTold(tx, topicId, { toldHeight: held.toldHeight, timetable });
  }

  async recordTold(tx: Tx, topicId: number, { toldHeight, timetable }: HeldTimetable): Promise<void> {
    const next = nextTurnHeight(timetable, toldHeight);
    await tx.$executeRaw`
      UPDATE topic_coordinator.topics
      SET told_height = ${String(toldHeight)}::bigint,
          next_turn_height = ${next === undefined ? null : String(next)}::bigint
      WHERE id = ${String(topicId)}::bigint`;
  }

  /** Settings of the stretch that the nonce lies in or behind. */
  async paramsAt(tx: Tx, topicId: number, nonce: number): Promise<TopicParams | undefined> {
    const rows = await tx.$queryRaw<{ params: string }[]>`
      SELECT params::text AS params FROM topic_coordinator.stretches
      WHERE topic_id = ${String(topicId)}::bigint AND first_nonce <= ${String(nonce)}::bigint
      ORDER BY first_nonce DESC LIMIT 1`;
    return rows[0] && paramsFromText(rows[0].params);
  }
}
