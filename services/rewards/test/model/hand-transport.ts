import type {
  BusTransport,
  Consumption,
  ConsumeOptions,
  LogPosition,
  LogRecord,
  StoredRecord,
} from '@allora/bus/transport';

/** A log in memory that several replicas share; what stands on it is given to whichever replica the test says, by hand. */
export class HandLog {
  readonly records: StoredRecord[] = [];

  write(topic: string, records: readonly LogRecord[]): StoredRecord[] {
    const stored = records.map((record, i) => ({
      ...record,
      topic,
      position: { partition: 0, offset: this.records.length + i },
      appendedAtMs: Date.now(),
    }));
    this.records.push(...stored);
    return stored;
  }
}

/** One replica's way to the shared log. */
export class HandTransport implements BusTransport {
  private consumers: ConsumeOptions[] = [];

  constructor(private readonly log: HandLog) {}

  ensureTopics(): Promise<void> {
    return Promise.resolve();
  }

  append(topic: string, records: readonly LogRecord[]): Promise<LogPosition[]> {
    return Promise.resolve(this.log.write(topic, records).map(({ position }) => position));
  }

  consume(options: ConsumeOptions): Promise<Consumption> {
    this.consumers.push(options);
    return Promise.resolve({ stop: () => Promise.resolve(), lag: () => Promise.resolve({}) });
  }

  /** Resolves when this replica's handlers are through with the records, which are of one topic. */
  async deliver(records: readonly StoredRecord[]): Promise<void> {
    const topic = records[0]!.topic;
    const signal = new AbortController().signal;
    const heard = this.consumers.filter(({ topics }) => topics.includes(topic));
    if (heard.length === 0) throw new Error(`nobody here reads ${topic}`);
    for (const { handle } of heard) await handle(records, signal);
  }

  peek(): Promise<never[]> {
    return Promise.resolve([]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
