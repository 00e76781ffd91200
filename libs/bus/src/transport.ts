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
   * are committed; when it rejects they are delivered again.
   */
  readonly handle: (records: readonly StoredRecord[]) => Promise<void>;
  readonly maxBatchRecords: number;
}

/** The port below the bus: an ordered, durable log per topic and partition, read by groups. At least once. */
export interface BusTransport {
  ensureTopics(topics: readonly { name: string; retentionDays: number | null }[]): Promise<void>;
  /** Resolves once all in-sync replicas (Kafka) or the database (embedded) hold the records; positions in order. */
  append(topic: string, records: readonly LogRecord[]): Promise<LogPosition[]>;
  consume(options: ConsumeOptions): Promise<Consumption>;
  close(): Promise<void>;
}
