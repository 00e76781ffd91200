import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { type Backoff, backoffMs, pause } from './backoff';
import { describeFailure } from './failure';
import { isSettling } from './kafka-failure';
import { PartitionQueue } from './partition-queue';
import type { ConsumeOptions, Consumption, StoredRecord, TransportLog } from './transport';

const rejoin: Backoff = { baseMs: 200, maxMs: 5_000 };
const settlesWithinMs = 30_000;

export interface KafkaConsumptionOptions extends ConsumeOptions {
  readonly prefix: string;
  readonly log: TransportLog;
  readonly commitIntervalMs: number;
  readonly newConsumer: () => Consumer;
  readonly lag: () => Promise<Record<string, number>>;
  readonly onStopped: () => void;
}

interface Partition {
  readonly topic: string;
  readonly partition: number;
  readonly queue: PartitionQueue;
  handled: number;
  committed: number;
  paused: boolean;
}

/**
 * One member of a group. kafkajs fetches nothing for anyone until all batches of a fetch are done: so batches only pass into
 * queues here, and heartbeats and other partitions go on while a slow or failing one takes its time.
 */
export class KafkaConsumption implements Consumption {
  private readonly stopping = new AbortController();
  private readonly finished = signalled();
  private readonly partitions = new Map<string, Partition>();
  private assigned = new Set<string>();
  private consumer: Consumer | undefined;
  private membership: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private committing: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(private readonly options: KafkaConsumptionOptions) {}

  /** Resolves when this member has joined; from then on it joins again whenever it falls out. */
  async start(): Promise<void> {
    const joined = signalled();
    this.membership = this.remain(joined.resolve, joined.reject);
    this.timer = setInterval(() => void this.commit(), this.options.commitIntervalMs).unref();
    try {
      await joined.promise;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  lag(): Promise<Readonly<Record<string, number>>> {
    return this.options.lag();
  }

  stop(): Promise<void> {
    return (this.stopped ??= this.end());
  }

  private async end(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.timer);
    await Promise.all([...this.partitions.values()].map(({ queue }) => queue.idle()));
    await this.committing;
    await this.commit();
    this.finished.resolve();
    await this.membership;
    this.options.onStopped();
  }

  private async remain(onJoin: () => void, onFirstFailure: (error: unknown) => void): Promise<void> {
    const { group, log } = this.options;
    const patientUntil = performance.now() + settlesWithinMs;
    for (let failures = 0; !this.stopping.signal.aborted;) {
      try {
        await this.beMember(() => {
          failures = 0;
          onJoin();
        });
      } catch (error) {
        // Without effect once joined.
        if (!isSettling(error) || performance.now() > patientUntil) onFirstFailure(error);
        log.warn({ group, error: describeFailure(error) }, 'fell out of the consumer group and joins again');
        await pause(backoffMs(++failures, rejoin), this.stopping.signal).catch(() => undefined);
      }
    }
  }

  /** Lasts until the membership breaks (then it rejects) or the consumption has ended. */
  private async beMember(onJoin: () => void): Promise<void> {
    const consumer = this.options.newConsumer();
    const crashed = signalled();
    consumer.on(consumer.events.CRASH, ({ payload }) => crashed.reject(payload.error));
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.takeAssignment(payload.memberAssignment);
      onJoin();
    });
    this.consumer = consumer;
    try {
      await consumer.connect();
      await consumer.subscribe({
        topics: this.options.topics.map((topic) => this.options.prefix + topic),
        fromBeginning: true,
      });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 4,
        eachBatch: (payload) => Promise.resolve(this.enqueue(payload)),
      });
      await Promise.race([crashed.promise, this.finished.promise]);
    } finally {
      this.consumer = undefined;
      this.assigned.clear();
      await consumer.disconnect().catch(() => undefined);
    }
  }

  /** Kafka begins anew after what was committed: what waits in queues comes again, to whoever has the partition now. */
  private takeAssignment(assignment: Record<string, number[]>): void {
    const { group, log } = this.options;
    const names = Object.entries(assignment).flatMap(([topic, list]) =>
      list.map((partition) => `${topic}/${partition}`),
    );
    this.assigned = new Set(names);
    for (const [name, known] of this.partitions) {
      known.queue.clear();
      if (known.paused && this.assigned.has(name)) this.resume(known);
      known.committed = known.handled; // what was not committed comes again, and is then
    }
    log.info({ group, partitions: names.length }, 'joined the consumer group');
  }

  private enqueue({ batch, resolveOffset, isRunning, isStale }: EachBatchPayload): void {
    if (!isRunning() || isStale() || this.stopping.signal.aborted) return;
    const known = this.partition(batch.topic, batch.partition);
    known.queue.push(batch.messages.map((message) => stored(known, message)));
    resolveOffset(batch.lastOffset());
    if (known.queue.full && !known.paused) {
      known.paused = true;
      this.consumer?.pause([{ topic: batch.topic, partitions: [batch.partition] }]);
    }
  }

  private partition(name: string, partition: number): Partition {
    const known = this.partitions.get(`${name}/${partition}`);
    if (known) return known;
    const { handle, maxBatchRecords, log, group, prefix } = this.options;
    const topic = name.slice(prefix.length);
    const queue = new PartitionQueue({
      handle,
      maxBatchRecords,
      signal: this.stopping.signal,
      onHandled: (last) => {
        made.handled = last.position.offset + 1;
        if (made.paused && !queue.full) this.resume(made);
      },
      onRejected: (error) =>
        log.warn({ group, topic, partition, error: describeFailure(error) }, 'batch is delivered again'),
    });
    const made: Partition = { topic, partition, queue, handled: 0, committed: 0, paused: false };
    this.partitions.set(`${name}/${partition}`, made);
    return made;
  }

  private resume(known: Partition): void {
    known.paused = false;
    this.consumer?.resume([{ topic: this.options.prefix + known.topic, partitions: [known.partition] }]);
  }

  private async commit(): Promise<void> {
    const { prefix, group, log } = this.options;
    const due = [...this.partitions.values()].filter(({ topic, partition, handled, committed }) => {
      return handled > committed && this.assigned.has(`${prefix}${topic}/${partition}`);
    });
    if (due.length === 0 || this.committing || !this.consumer) return;
    const offsets = due.map(({ topic, partition, handled }) => ({
      topic: prefix + topic,
      partition,
      offset: String(handled),
    }));
    this.committing = this.consumer
      .commitOffsets(offsets)
      .then(() => due.forEach((known, i) => (known.committed = Number(offsets[i]!.offset))))
      .catch((error: unknown) =>
        log.warn({ group, error: describeFailure(error) }, 'offsets are not committed yet'),
      );
    await this.committing;
    this.committing = undefined;
  }
}

/** `topic` without its prefix. */
export function stored(
  { topic, partition }: Pick<Partition, 'topic' | 'partition'>,
  { key, value, offset, timestamp }: KafkaMessage,
): StoredRecord {
  return {
    topic,
    key: key?.toString('utf8') ?? '',
    value: value ?? new Uint8Array(0),
    position: { partition, offset: Number(offset) },
    appendedAtMs: Number(timestamp),
  };
}

function signalled() {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((done, fail) => ((resolve = done), (reject = fail)));
  promise.catch(() => undefined); // whoever awaits it hears of it; nobody may be waiting yet
  return { promise, resolve, reject };
}
