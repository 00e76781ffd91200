export interface LogPosition {
  readonly partition: number;
  /** Grows by record within a partition; not necessarily by one. */
  readonly offset: number;
}

export interface LogRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

export interface StoredRecord extends LogRecord {
  readonly topic: string;
  readonly position: LogPosition;
  readonly appendedAtMs: number;
}

export interface Consumption {
  /** Stops taking records, waits for the batch in hand, commits, leaves the group. */
  stop(): Promise<void>;
  /** Records appended but not yet committed by this group, by topic. */
  lag(): Promise<Readonly<Record<string, number>>>;
}

export interface ConsumeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Called with records of one partition in log order, never concurrently for one partition. When it resolves the records
   * are committed; when it rejects they are delivered again. The signal says that the consumption is stopping: finish what
   * is being done, but wait for nothing.
   */
  readonly handle: (records: readonly StoredRecord[], signal: AbortSignal) => Promise<void>;
  readonly maxBatchRecords: number;
}

export interface PeekOptions<T> {
  readonly group: string;
  readonly topic: string;
  /** Most results. */
  readonly limit: number;
  /** What to keep of a record; undefined passes over it. */
  readonly pick: (record: StoredRecord) => T | undefined;
}

export interface TopicSpec {
  readonly name: string;
  /** null keeps records for ever. */
  readonly retentionDays: number | null;
}

/** The port below the bus: an ordered, durable log per topic and partition, read by groups. At least once. */
export interface BusTransport {
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>;
  /** Resolves once all in-sync replicas (Kafka) or the database (embedded) hold the records; positions in order. */
  append(topic: string, records: readonly LogRecord[]): Promise<LogPosition[]>;
  consume(options: ConsumeOptions): Promise<Consumption>;
  /** What the group has not committed yet, in log order within a partition. It stays as it is for the group. */
  peek<T>(options: PeekOptions<T>): Promise<T[]>;
  /** Refuses further work; consumptions are stopped by whoever started them, before. */
  close(): Promise<void>;
}

export interface TransportLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What one record may hold. Larger facts go in numbered parts of one key. */
export const maxRecordBytes = 8 * 1024 * 1024;

const deadLetterSuffix = '.dlq';
export const deadLetterTopic = (topic: string): string => topic + deadLetterSuffix;
export const isDeadLetterTopic = (topic: string): boolean => topic.endsWith(deadLetterSuffix);

/** A dead letter holds a whole record, also one that came from elsewhere and is a little over the limit, and its story. */
const deadLetterRoomBytes = 512 * 1024;

export class RecordTooLargeError extends Error {
  override readonly name = 'RecordTooLargeError';
  constructor(
    readonly topic: string,
    readonly bytes: number,
    readonly maxBytes: number,
  ) {
    super(`a record of ${bytes} bytes for ${topic} exceeds the limit of ${maxBytes}: send it in parts`);
  }
}

/** The log cannot be reached or does not answer; the same call may succeed later. */
export class TransportUnavailableError extends Error {
  override readonly name = 'TransportUnavailableError';
}

/** Two would-be owners of something only one may have. */
export class ConsumptionRefusedError extends Error {
  override readonly name = 'ConsumptionRefusedError';
}

/** Keys are ids; what PostgreSQL cannot store as text would hold up every other record on its way there. */
export class InvalidKeyError extends Error {
  override readonly name = 'InvalidKeyError';
}

const keyPattern = /^[\x21-\x7e]{1,200}$/;

export const isValidKey = (key: string): boolean => keyPattern.test(key);

export const recordLimitOf = (topic: string): number =>
  isDeadLetterTopic(topic) ? maxRecordBytes + deadLetterRoomBytes : maxRecordBytes;

export function checkRecord(topic: string, { key, value }: LogRecord): void {
  if (!isValidKey(key))
    throw new InvalidKeyError(`the key of a record for ${topic} is not 1 to 200 visible ASCII characters`);
  const max = recordLimitOf(topic);
  if (value.length > max) throw new RecordTooLargeError(topic, value.length, max);
}
