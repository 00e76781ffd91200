import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKafkaTransport } from '@allora/bus/kafka-transport';
import type { BusTransport, Consumption, StoredRecord, TransportLog } from '@allora/bus/transport';
import type { BusTopic } from '@allora/contracts/catalog';
import { Envelope } from '@allora/contracts/gen/allora/bus/v1/envelope';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';

const silent: TransportLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A broker that has just made a topic may not know of it yet. */
const ATTEMPTS = 20;
const AGAIN_MS = 500;

export const openTransport = (broker: string, prefix = ''): BusTransport =>
  createKafkaTransport({ brokers: [broker], clientId: 'allora-chaos', log: silent, prefix });

/** A fact as it stands on its log; `isCopy` when the same event stood there before. */
export interface Fact<T> {
  readonly message: T;
  readonly eventId: string;
  readonly isCopy: boolean;
  readonly partition: number;
  readonly offset: number;
  readonly appendedAtMs: number;
}

/** Follows all logs from their beginning, in memory. */
export class LogReader {
  private readonly records = new Map<string, StoredRecord[]>();
  private consumption: Consumption | undefined;

  private constructor(private readonly transport: BusTransport) {}

  /** @param group one that nobody else has: it reads everything */
  static async open(broker: string, group: string, topics: readonly string[]): Promise<LogReader> {
    for (let left = ATTEMPTS; ; left -= 1) {
      const reader = new LogReader(openTransport(broker));
      try {
        await reader.follow(group, topics);
        return reader;
      } catch (error) {
        await reader.transport.close().catch(() => undefined);
        if (left === 0) throw error;
        await sleep(AGAIN_MS);
      }
    }
  }

  private async follow(group: string, topics: readonly string[]): Promise<void> {
    this.consumption = await this.transport.consume({
      group,
      topics,
      maxBatchRecords: 1_000,
      handle: (records) => {
        for (const record of records) {
          const list = this.records.get(record.topic) ?? [];
          list.push(record);
          this.records.set(record.topic, list);
        }
        return Promise.resolve();
      },
    });
  }

  raw(topic: string): readonly StoredRecord[] {
    return byPlace(this.records.get(topic) ?? []);
  }

  /** In log order; records that are not of the topic's schema are left out. */
  facts<T>(topic: BusTopic<T>): Fact<T>[] {
    const seen = new Set<string>();
    return this.raw(topic.name).flatMap(({ value, position, appendedAtMs }) => {
      try {
        const { eventId, schema, payload } = Envelope.decode(value);
        if (schema !== topic.schema || eventId === '') return [];
        const message = topic.message.decode(payload);
        const isCopy = seen.has(eventId);
        seen.add(eventId);
        return [{ message, eventId, isCopy, ...position, appendedAtMs }];
      } catch {
        return [];
      }
    });
  }

  /** Everything that stood on the logs has been read. */
  async untilCaughtUp(limitMs: number): Promise<boolean> {
    for (const deadline = Date.now() + limitMs; Date.now() < deadline; await sleep(200)) {
      const lag = await this.consumption?.lag().catch(() => undefined);
      if (lag && Object.values(lag).every((records) => records === 0)) return true;
    }
    return false;
  }

  close(): Promise<void> {
    return this.transport.close();
  }
}

/** Deliveries may repeat: each place is taken once. */
function byPlace(records: readonly StoredRecord[]): StoredRecord[] {
  const places = new Map<string, StoredRecord>();
  for (const record of records) places.set(`${record.position.partition}:${record.position.offset}`, record);
  return [...places.values()].sort(
    (a, b) => a.position.partition - b.position.partition || a.position.offset - b.position.offset,
  );
}

/** Hash of a member of a set: its canonical bytes are made again from its fields. */
export function hashOf(chainId: string, body: NonNullable<SignedPayload['body']>): string {
  return createHash('sha256').update(SignedPayload.encode({ chainId, body }).finish()).digest('hex');
}
