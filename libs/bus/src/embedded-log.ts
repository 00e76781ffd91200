import { Session } from '@allora/store/session';
import { pause } from './backoff';
import { describeFailure } from './failure';
import {
  ConsumptionRefusedError,
  type LogRecord,
  type StoredRecord,
  type TransportLog,
  TransportUnavailableError,
} from './transport';

/** Fixed for ever: with another number keys would move between lanes and lose their order. */
export const laneCount = 32;

export interface LaneRecord extends LogRecord {
  readonly topic: string;
  readonly lane: number;
}

export interface LaneOffset {
  readonly topic: string;
  readonly lane: number;
  readonly next: number;
}

interface Row {
  readonly offset: string;
  readonly key: string;
  readonly value: Buffer;
  readonly appended_at_ms: number;
}

const lockName = 'allora.bus.embedded-log';
const takeOverPollMs = 250;
const maxReadBytes = 8 * 1024 * 1024;

const insertRecords = `
  INSERT INTO bus.log_records (topic, lane, "offset", key, value, appended_at)
  SELECT topic, lane, "offset", key, value, to_timestamp($6::float8 / 1000)
  FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::bytea[]) AS new (topic, lane, "offset", key, value)`;
const selectHeads = `
  SELECT lane, "offset" + 1 AS next FROM generate_series(0, ${laneCount - 1}) AS lane, LATERAL (
    SELECT "offset" FROM bus.log_records AS record WHERE record.topic = $1 AND record.lane = lane.lane
    ORDER BY "offset" DESC LIMIT 1) AS last`;
const selectRecords = `
  SELECT "offset", key, value, (extract(epoch FROM appended_at) * 1000)::float8 AS appended_at_ms FROM (
    SELECT *, sum(octet_length(value)) OVER (ORDER BY "offset") - octet_length(value) AS before
    FROM (SELECT * FROM bus.log_records WHERE topic = $1 AND lane = $2 AND "offset" >= $3
          ORDER BY "offset" LIMIT $4) AS first_rows
  ) AS sized WHERE before < ${maxReadBytes} ORDER BY "offset"`;
const upsertOffsets = `
  INSERT INTO bus.group_offsets ("group", topic, lane, next_offset, committed_at)
  SELECT $1, topic, lane, next, now() FROM unnest($2::text[], $3::int[], $4::bigint[]) AS done (topic, lane, next)
  ON CONFLICT ("group", topic, lane)
  DO UPDATE SET next_offset = excluded.next_offset, committed_at = excluded.committed_at`;

/** All SQL of the embedded log: one session that appends under a lock on the whole log, one that reads. */
export class EmbeddedLog {
  private writer: Session | undefined;
  private reader: Session | undefined;

  constructor(
    private readonly url: string,
    private readonly log: TransportLog,
    private readonly takeOverMs: number,
  ) {}

  async insert(
    records: readonly LaneRecord[],
    offsets: readonly number[],
    appendedAtMs: number,
  ): Promise<void> {
    const values = [
      records.map(({ topic }) => topic),
      records.map(({ lane }) => lane),
      offsets,
      records.map(({ key }) => key),
      records.map(({ value }) => value),
      appendedAtMs,
    ];
    await reached(async () => (await this.writing()).query(insertRecords, values, 'append'));
  }

  async heads(topic: string): Promise<Map<number, number>> {
    const rows = await reached(async () =>
      (await this.writing()).query<{ lane: number; next: string }>(selectHeads, [topic], 'heads'),
    );
    return new Map(rows.map(({ lane, next }) => [lane, Number(next)]));
  }

  async read(topic: string, lane: number, from: number, limit: number): Promise<StoredRecord[]> {
    const rows = await reached(async () =>
      (await this.reading()).query<Row>(selectRecords, [topic, lane, from, limit], 'read'),
    );
    return rows.map(({ offset, key, value, appended_at_ms }) => ({
      topic,
      key,
      value,
      position: { partition: lane, offset: Number(offset) },
      appendedAtMs: appended_at_ms,
    }));
  }

  async committed(group: string, topics: readonly string[]): Promise<LaneOffset[]> {
    const rows = await reached(async () =>
      (await this.reading()).query<{ topic: string; lane: number; next_offset: string }>(
        'SELECT topic, lane, next_offset FROM bus.group_offsets WHERE "group" = $1 AND topic = ANY($2)',
        [group, topics],
      ),
    );
    return rows.map(({ topic, lane, next_offset }) => ({ topic, lane, next: Number(next_offset) }));
  }

  async commit(group: string, offsets: readonly LaneOffset[]): Promise<void> {
    const values = [
      group,
      offsets.map(({ topic }) => topic),
      offsets.map(({ lane }) => lane),
      offsets.map(({ next }) => next),
    ];
    await reached(async () => (await this.reading()).query(upsertOffsets, values, 'commit'));
  }

  async trim(topic: string, olderThanDays: number): Promise<void> {
    await reached(async () =>
      (await this.reading()).query(
        'DELETE FROM bus.log_records WHERE topic = $1 AND appended_at < now() - make_interval(days => $2)',
        [topic, olderThanDays],
      ),
    );
  }

  /** True while the session that holds the lock on the log stands. */
  get owned(): boolean {
    return this.writer !== undefined && !this.writer.broken;
  }

  async close(): Promise<void> {
    await Promise.all([this.writer?.close(), this.reader?.close()]);
    this.writer = this.reader = undefined;
  }

  private async writing(): Promise<Session> {
    if (this.writer && !this.writer.broken) return this.writer;
    await this.writer?.close();
    const session = await Session.open({ url: this.url, name: 'allora embedded log' });
    await this.takeOwnership(session);
    return (this.writer = session);
  }

  /** A process that has just crashed may seem to live on until PostgreSQL notices. */
  private async takeOwnership(session: Session): Promise<void> {
    const deadline = Date.now() + this.takeOverMs;
    while (!(await session.tryLock(lockName))) {
      if (Date.now() > deadline) {
        await session.close();
        throw new ConsumptionRefusedError(
          'another process owns the embedded log of this database: stop it, or run several processes with BUS=kafka',
        );
      }
      this.log.info({}, 'waiting for the process that owns the embedded log to end');
      await pause(takeOverPollMs);
    }
  }

  private async reading(): Promise<Session> {
    if (this.reader && !this.reader.broken) return this.reader;
    await this.reader?.close();
    this.reader = await Session.open({ url: this.url, name: 'allora embedded log reader' });
    // A lost commit of an offset only means that records come again.
    await this.reader.query('SET synchronous_commit = off');
    return this.reader;
  }
}

async function reached<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ConsumptionRefusedError) throw cause;
    throw new TransportUnavailableError(
      `the embedded log does not answer: ${describeFailure(cause).split('\n', 1)[0]}`,
      {
        cause,
      },
    );
  }
}
