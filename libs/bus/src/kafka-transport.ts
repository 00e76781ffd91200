import './kafka-idle';
import { type Admin, type Consumer, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { AppendBatcher } from './append-batcher';
import { type Backoff, backoffMs, pause } from './backoff';
import { kafkaConnection, type KafkaSecurity } from './kafka-connection';
import { KafkaConsumption } from './kafka-consumption';
import { kafkaTypeOf } from './kafka-failure';
import { peekKafka } from './kafka-peek';
import {
  type BusTransport,
  checkRecord,
  type ConsumeOptions,
  type Consumption,
  type LogPosition,
  type LogRecord,
  maxRecordBytes,
  type PeekOptions,
  recordLimitOf,
  RecordTooLargeError,
  type TopicSpec,
  type TransportLog,
  TransportUnavailableError,
} from './transport';

export interface KafkaTransportOptions {
  readonly brokers: readonly string[];
  /** TLS and login; without it a plain connection. */
  readonly security?: KafkaSecurity;
  readonly clientId: string;
  readonly log: TransportLog;
  /** Of topics made here. More of them later would move keys, and break the order of those in flight. */
  readonly partitions?: number;
  /** -1 takes the broker's default. */
  readonly replicationFactor?: number;
  /** Before the names of topics and groups: tests share a broker. */
  readonly prefix?: string;
  /** A replica that is silent for this long loses its partitions. */
  readonly sessionTimeoutMs?: number;
  readonly commitIntervalMs?: number;
}

const sendBytes = 1024 * 1024;
const newTopicMs = 30_000;
/** Keys, headers and framing of a record batch; also room for clients that count differently. */
const batchOverheadBytes = 128 * 1024;
/** Spelt out, as kafkajs takes other defaults when NODE_ENV is "test". */
const retry = { initialRetryTime: 50, factor: 0.2, multiplier: 2, maxRetryTime: 1_000, retries: 6 };

/** Apache Kafka through kafkajs: only this file and the others named kafka-* know of it. */
export function createKafkaTransport(options: KafkaTransportOptions): BusTransport {
  return new KafkaTransport(options);
}

class KafkaTransport implements BusTransport {
  private readonly kafka: Kafka;
  private readonly admin: Connected<Admin>;
  private readonly producer: Connected<Producer>;
  private readonly batchers = new Map<string, AppendBatcher<LogRecord, LogPosition>>();
  private readonly partitionCounts = new Map<string, Promise<number>>();
  private readonly consumptions = new Set<KafkaConsumption>();
  private readonly partitionOf = Partitioners.DefaultPartitioner();
  private readonly prefix: string;
  private closed = false;

  constructor(private readonly options: KafkaTransportOptions) {
    this.prefix = options.prefix ?? '';
    this.kafka = new Kafka({
      clientId: options.clientId,
      brokers: [...options.brokers],
      connectionTimeout: 3_000,
      requestTimeout: 30_000,
      retry,
      logLevel: logLevel.WARN,
      logCreator: () => (entry) =>
        options.log.debug({ kafka: entry.log, namespace: entry.namespace }, entry.log.message),
      ...kafkaConnection(options.security),
    });
    this.admin = new Connected(this.kafka.admin({ retry }));
    // Not kafkajs's idempotent mode: one lost answer leaves its sequence numbers out of step for good. Order is kept by one
    // request at a time per topic; a retry may repeat records, and the inbox drops those.
    const createPartitioner = Partitioners.DefaultPartitioner;
    this.producer = new Connected(
      this.kafka.producer({ allowAutoTopicCreation: false, retry, createPartitioner }),
    );
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    await this.reached(async () => {
      const admin = await this.admin.get();
      const present = new Set(await namesOf(admin));
      const missing = topics
        .filter(({ name }) => !present.has(this.prefix + name))
        .map((spec) => this.declaration(spec));
      if (missing.length === 0) return;
      // One by one in effect: where another replica made one of them meanwhile, the rest must still be made.
      await Promise.all(
        missing.map((topic) => admin.createTopics({ topics: [topic], waitForLeaders: false })),
      );
      await this.untilLed(missing.map(({ topic }) => topic));
    });
  }

  append(topic: string, records: readonly LogRecord[]): Promise<LogPosition[]> {
    this.checkOpen();
    for (const record of records) checkRecord(topic, record);
    let batcher = this.batchers.get(topic);
    if (!batcher) {
      const limits = { maxItems: 5_000, maxBytes: sendBytes };
      batcher = new AppendBatcher((all) => this.write(topic, all), sizeOf, limits);
      this.batchers.set(topic, batcher);
    }
    return batcher.add(records);
  }

  async consume(options: ConsumeOptions): Promise<Consumption> {
    this.checkOpen();
    const consumption = new KafkaConsumption({
      ...options,
      prefix: this.prefix,
      log: this.options.log,
      commitIntervalMs: this.options.commitIntervalMs ?? 200,
      newConsumer: () => this.newConsumer(this.prefix + options.group),
      lag: () => this.lagOf(options.group, options.topics),
      onStopped: () => this.consumptions.delete(consumption),
    });
    this.consumptions.add(consumption);
    await this.reached(() => consumption.start());
    return consumption;
  }

  peek<T>(options: PeekOptions<T>): Promise<T[]> {
    this.checkOpen();
    return this.reached(async () => {
      const given = { admin: await this.admin.get(), prefix: this.prefix, log: this.options.log };
      return peekKafka({ ...given, newConsumer: (groupId) => this.newConsumer(groupId) }, options);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.consumptions].map((consumption) => consumption.stop()));
    await Promise.all([...this.batchers.values()].map((batcher) => batcher.idle()));
    await Promise.all([this.producer.close(), this.admin.close()]);
  }

  private declaration({ name, retentionDays }: TopicSpec) {
    const retentionMs = retentionDays === null ? -1 : retentionDays * 86_400_000;
    return {
      topic: this.prefix + name,
      numPartitions: this.options.partitions ?? 4,
      replicationFactor: this.options.replicationFactor ?? -1,
      configEntries: [
        { name: 'cleanup.policy', value: 'delete' },
        { name: 'retention.ms', value: String(retentionMs) },
        { name: 'max.message.bytes', value: String(recordLimitOf(name) + batchOverheadBytes) },
      ],
    };
  }

  /** A new topic is known to the controller first; brokers answer for it a little later. */
  private async untilLed(names: string[]): Promise<void> {
    const admin = await this.admin.get();
    for (const deadline = Date.now() + newTopicMs; ; await pause(20)) {
      try {
        const { topics } = await admin.fetchTopicMetadata({ topics: names });
        if (
          topics.every(
            ({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0),
          )
        )
          return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }

  private newConsumer(groupId: string): Consumer {
    const sessionTimeout = this.options.sessionTimeoutMs ?? 15_000;
    return this.kafka.consumer({
      groupId,
      sessionTimeout,
      heartbeatInterval: Math.floor(sessionTimeout / 5),
      minBytes: 1,
      maxWaitTimeInMs: 100,
      allowAutoTopicCreation: false,
      retry: { ...retry, restartOnFailure: () => Promise.resolve(false) }, // KafkaConsumption does that
    });
  }

  private async write(topic: string, records: readonly LogRecord[]): Promise<LogPosition[]> {
    const positions: LogPosition[] = [];
    for (let from = 0; from < records.length;) {
      const to = endOfChunk(records, from);
      positions.push(...(await this.reached(() => this.send(topic, records.slice(from, to)), topic)));
      from = to;
    }
    return positions;
  }

  private async send(topic: string, records: readonly LogRecord[]): Promise<LogPosition[]> {
    const producer = await this.producer.get();
    const partitionMetadata = Array.from({ length: await this.partitionCount(topic) }, (_, partitionId) => ({
      ...{ partitionId, leader: 0, replicas: [], isr: [], partitionErrorCode: 0 },
    }));
    const messages = records.map(({ key, value }) => ({
      key,
      value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
      partition: this.partitionOf({ topic, partitionMetadata, message: { key, value: null } }),
    }));
    const written = await producer.send({ topic: this.prefix + topic, acks: -1, timeout: 20_000, messages });
    const next = new Map(written.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
    return messages.map(({ partition }) => {
      const offset = next.get(partition)!;
      next.set(partition, offset + 1);
      return { partition, offset };
    });
  }

  private partitionCount(topic: string): Promise<number> {
    let count = this.partitionCounts.get(topic);
    if (!count) {
      count = this.askPartitionCount(topic);
      this.partitionCounts.set(topic, count);
      count.catch(() => this.partitionCounts.delete(topic));
    }
    return count;
  }

  private async askPartitionCount(topic: string): Promise<number> {
    const admin = await this.admin.get();
    const { topics } = await admin.fetchTopicMetadata({ topics: [this.prefix + topic] });
    return topics[0]!.partitions.length;
  }

  private async lagOf(group: string, topics: readonly string[]): Promise<Record<string, number>> {
    return this.reached(async () => {
      const admin = await this.admin.get();
      const names = topics.map((topic) => this.prefix + topic);
      const committed = await admin.fetchOffsets({ groupId: this.prefix + group, topics: names });
      const lags = committed.map(async ({ topic, partitions }) => {
        const next = new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]));
        const ends = await admin.fetchTopicOffsets(topic);
        const behind = ends.map(({ partition, high, low }) => {
          return Math.max(0, Number(high) - Math.max(Number(low), next.get(partition) ?? 0));
        });
        return [topic.slice(this.prefix.length), behind.reduce((sum, records) => sum + records, 0)] as const;
      });
      return Object.fromEntries(await Promise.all(lags));
    });
  }

  private async reached<R>(work: () => Promise<R>, topic = ''): Promise<R> {
    try {
      return await work();
    } catch (cause) {
      if (kafkaTypeOf(cause) === 'MESSAGE_TOO_LARGE')
        throw new RecordTooLargeError(topic, NaN, maxRecordBytes);
      if (kafkaTypeOf(cause) === 'UNKNOWN_TOPIC_OR_PARTITION') this.partitionCounts.delete(topic);
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new TransportUnavailableError(`Kafka does not do it${topic && ` for ${topic}`}: ${reason}`, {
        cause,
      });
    }
  }

  private checkOpen(): void {
    if (this.closed) throw new TransportUnavailableError('the bus is closed');
  }
}

/** Connects at the first use, and again at the next use if that failed. */
class Connected<C extends { connect(): Promise<void>; disconnect(): Promise<void> }> {
  private connected: Promise<C> | undefined;
  constructor(private readonly client: C) {}

  get(): Promise<C> {
    if (!this.connected) {
      this.connected = this.client.connect().then(() => this.client);
      this.connected.catch(() => (this.connected = undefined));
    }
    return this.connected;
  }

  async close(): Promise<void> {
    await this.client.disconnect().catch(() => undefined);
  }
}

const namesAgain: Backoff = { baseMs: 100, maxMs: 1_000 };
const namesAttempts = 5;

/** Where no broker answered just now kafkajs swallows why and stumbles over the missing answer: it is asked again. */
async function namesOf(admin: Admin): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await admin.listTopics();
    } catch (error) {
      if (!(error instanceof TypeError) || attempt >= namesAttempts) throw error;
      await pause(backoffMs(attempt, namesAgain));
    }
  }
}

const sizeOf = ({ key, value }: LogRecord): number => key.length + value.length;

/** A produce request's records of one partition form one batch, which the broker's limit is about. */
function endOfChunk(records: readonly LogRecord[], from: number): number {
  let to = from + 1;
  for (let bytes = sizeOf(records[from]!); to < records.length; to++) {
    bytes += sizeOf(records[to]!);
    if (bytes > sendBytes) break;
  }
  return to;
}
