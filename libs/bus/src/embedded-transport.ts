import { AppendBatcher } from './append-batcher';
import { EmbeddedConsumption } from './embedded-consumption';
import { EmbeddedLog, laneCount, type LaneRecord } from './embedded-log';
import {
  type BusTransport,
  checkRecord,
  ConsumptionRefusedError,
  type ConsumeOptions,
  type LogPosition,
  type LogRecord,
  type PeekOptions,
  type StoredRecord,
  type TopicSpec,
  type TransportLog,
  TransportUnavailableError,
} from './transport';

export interface EmbeddedTransportOptions {
  readonly databaseUrl: string;
  readonly log: TransportLog;
  /** How often handled offsets are written down; a crash repeats at most what was handled within it. */
  readonly commitIntervalMs?: number;
  /** How long to wait for a process that has just ended to let go of the log. */
  readonly takeOverMs?: number;
}

const trimIntervalMs = 3_600_000;
const peekRecords = 100;

/**
 * The log in PostgreSQL, for one process that holds all services. Appends are gathered into one INSERT at a time; what is
 * committed goes straight to the groups that keep up, and those that don't read it from the table.
 */
export function createEmbeddedTransport(options: EmbeddedTransportOptions): BusTransport {
  return new EmbeddedTransport(options);
}

class EmbeddedTransport implements BusTransport {
  private readonly store: EmbeddedLog;
  private readonly appends: AppendBatcher<LaneRecord, LogPosition>;
  private readonly heads = new Map<string, number[]>();
  private readonly consumptions = new Map<string, EmbeddedConsumption>();
  private readonly retention = new Map<string, number>();
  private readonly trimTimer: NodeJS.Timeout;
  private closed = false;

  constructor(private readonly options: EmbeddedTransportOptions) {
    this.store = new EmbeddedLog(options.databaseUrl, options.log, options.takeOverMs ?? 10_000);
    this.appends = new AppendBatcher<LaneRecord, LogPosition>(
      (records) => this.write(records),
      ({ value }) => value.length,
      { maxItems: 5_000, maxBytes: 4 * 1024 * 1024 },
    );
    this.trimTimer = setInterval(() => void this.trim(), trimIntervalMs).unref();
  }

  /** Nothing has to be made: this learns where each topic ends, and fails when another process owns the log. */
  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.checkOpen();
    for (const { name, retentionDays } of topics) {
      if (retentionDays !== null) this.retention.set(name, retentionDays);
      await this.headsOf(name);
    }
  }

  append(topic: string, records: readonly LogRecord[]): Promise<LogPosition[]> {
    this.checkOpen();
    for (const record of records) checkRecord(topic, record);
    return this.appends.add(records.map(({ key, value }) => ({ topic, key, value, lane: laneOf(key) })));
  }

  async consume(options: ConsumeOptions): Promise<EmbeddedConsumption> {
    this.checkOpen();
    if (this.consumptions.has(options.group)) {
      throw new ConsumptionRefusedError(
        `the group ${options.group} is being consumed: the embedded bus has one member a group`,
      );
    }
    const consumption = new EmbeddedConsumption({
      ...options,
      store: this.store,
      log: this.options.log,
      headsOf: (topic) => this.headsOf(topic),
      knownHead: (topic, lane) => this.heads.get(topic)?.[lane],
      commitIntervalMs: this.options.commitIntervalMs ?? 200,
      onStopped: () => this.consumptions.delete(options.group),
    });
    this.consumptions.set(options.group, consumption);
    try {
      await consumption.start();
    } catch (error) {
      await consumption.stop();
      throw error;
    }
    return consumption;
  }

  async peek<T>({ group, topic, limit, pick }: PeekOptions<T>): Promise<T[]> {
    this.checkOpen();
    const heads = await this.headsOf(topic);
    const committed = new Map(
      (await this.store.committed(group, [topic])).map(({ lane, next }) => [lane, next]),
    );
    const picked: T[] = [];
    for (const [lane, head] of heads.entries()) {
      for (let next = committed.get(lane) ?? 0; next < head && picked.length < limit;) {
        const records = await this.store.read(topic, lane, next, peekRecords);
        if (records.length === 0) break;
        for (const record of records) {
          const taken = picked.length < limit ? pick(record) : undefined;
          if (taken !== undefined) picked.push(taken);
        }
        next = records.at(-1)!.position.offset + 1;
      }
    }
    return picked;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.trimTimer);
    await Promise.all([...this.consumptions.values()].map((consumption) => consumption.stop()));
    await this.appends.idle();
    await this.store.close();
  }

  private async write(records: readonly LaneRecord[]): Promise<LogPosition[]> {
    if (!this.store.owned) this.heads.clear(); // whether the last write went through is known to the table only
    for (const topic of new Set(records.map((record) => record.topic))) await this.headsOf(topic);
    const next = new Map<string, number>();
    const positions = records.map(({ topic, lane }) => {
      const offset = next.get(`${topic}/${lane}`) ?? this.heads.get(topic)![lane]!;
      next.set(`${topic}/${lane}`, offset + 1);
      return { partition: lane, offset };
    });
    const appendedAtMs = Date.now();
    try {
      await this.store.insert(
        records,
        positions.map(({ offset }) => offset),
        appendedAtMs,
      );
    } catch (error) {
      this.heads.clear();
      throw error;
    }
    for (const { topic, lane } of records) this.heads.get(topic)![lane] = next.get(`${topic}/${lane}`)!;
    this.deliver(records.map((record, i) => ({ ...record, position: positions[i]!, appendedAtMs })));
    return positions;
  }

  private deliver(records: readonly StoredRecord[]): void {
    for (const consumption of this.consumptions.values()) consumption.offer(records);
  }

  /** The next offset of every lane. */
  private async headsOf(topic: string): Promise<readonly number[]> {
    const known = this.heads.get(topic);
    if (known) return known;
    const found = await this.store.heads(topic);
    const heads = Array.from({ length: laneCount }, (_, lane) => found.get(lane) ?? 0);
    if (!this.heads.has(topic)) this.heads.set(topic, heads);
    return this.heads.get(topic)!;
  }

  private async trim(): Promise<void> {
    for (const [topic, days] of this.retention) {
      await this.store.trim(topic, days).catch((error: unknown) => {
        this.options.log.warn({ topic, error }, 'old records could not be removed');
      });
    }
  }

  private checkOpen(): void {
    if (this.closed) throw new TransportUnavailableError('the embedded bus is closed');
  }
}

/** FNV-1a, 32 bits. */
function laneOf(key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % laneCount;
}
