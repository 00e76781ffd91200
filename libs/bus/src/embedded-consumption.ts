import { type Backoff, backoffMs, pause } from './backoff';
import type { EmbeddedLog, LaneOffset } from './embedded-log';
import { describeFailure } from './failure';
import { grouped } from './grouped';
import { PartitionQueue } from './partition-queue';
import type { ConsumeOptions, Consumption, StoredRecord, TransportLog } from './transport';

interface EmbeddedConsumptionOptions extends ConsumeOptions {
  readonly store: EmbeddedLog;
  readonly log: TransportLog;
  /** The next offset of every lane of the topic. */
  readonly headsOf: (topic: string) => Promise<readonly number[]>;
  /** The next offset of one lane, when it is known without asking. */
  readonly knownHead: (topic: string, lane: number) => number | undefined;
  readonly commitIntervalMs: number;
  readonly onStopped: () => void;
}

interface Lane {
  readonly topic: string;
  readonly lane: number;
  readonly queue: PartitionQueue;
  /** The next offset to put into the queue. */
  next: number;
  handled: number;
  committed: number;
  /** While records are being fetched from the table. */
  reading: Promise<void> | undefined;
}

const readRetry: Backoff = { baseMs: 50, maxMs: 5_000 };

/** One group's reading of the embedded log. */
export class EmbeddedConsumption implements Consumption {
  private readonly stopping = new AbortController();
  private readonly lanes = new Map<string, Lane>();
  private readonly topics: ReadonlySet<string>;
  private started = false;
  private timer: NodeJS.Timeout | undefined;
  private committing: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(private readonly options: EmbeddedConsumptionOptions) {
    this.topics = new Set(options.topics);
  }

  async start(): Promise<void> {
    const { store, group, topics, headsOf, commitIntervalMs } = this.options;
    const committed = await store.committed(group, topics);
    const heads = new Map(
      await Promise.all(topics.map(async (topic) => [topic, await headsOf(topic)] as const)),
    );
    const offsets = new Map(committed.map(({ topic, lane, next }) => [`${topic}/${lane}`, next]));
    for (const [topic, nexts] of heads) {
      nexts.forEach((_, lane) => this.addLane(topic, lane, offsets.get(`${topic}/${lane}`) ?? 0));
    }
    this.started = true;
    for (const lane of this.lanes.values()) this.fill(lane);
    this.timer = setInterval(() => void this.commit(), commitIntervalMs).unref();
  }

  /** Records just appended. A lane that keeps up takes them as they are. */
  offer(records: readonly StoredRecord[]): void {
    if (!this.started) return;
    const wanted = records.filter(({ topic }) => this.topics.has(topic));
    for (const [name, list] of grouped(wanted, ({ topic, position }) => `${topic}/${position.partition}`)) {
      const lane = this.lanes.get(name)!;
      if (!lane.reading && !lane.queue.full && list[0]!.position.offset === lane.next) {
        this.push(lane, list);
      } else {
        this.fill(lane);
      }
    }
  }

  async lag(): Promise<Readonly<Record<string, number>>> {
    const result: Record<string, number> = {};
    for (const topic of this.topics) {
      const heads = await this.options.headsOf(topic);
      result[topic] = heads.reduce((sum, head, lane) => {
        return sum + Math.max(0, head - (this.lanes.get(`${topic}/${lane}`)?.handled ?? 0));
      }, 0);
    }
    return result;
  }

  stop(): Promise<void> {
    return (this.stopped ??= this.end());
  }

  private async end(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.timer);
    await Promise.all([...this.lanes.values()].map((lane) => Promise.all([lane.reading, lane.queue.idle()])));
    await this.committing;
    await this.commit();
    this.options.onStopped();
  }

  private addLane(topic: string, lane: number, next: number): void {
    const { handle, maxBatchRecords, log, group } = this.options;
    const queue = new PartitionQueue({
      handle,
      maxBatchRecords,
      signal: this.stopping.signal,
      onHandled: (last) => {
        made.handled = last.position.offset + 1;
        this.fill(made);
      },
      onRejected: (error) =>
        log.warn({ group, topic, lane, error: describeFailure(error) }, 'batch is delivered again'),
    });
    const made: Lane = { topic, lane, queue, next, handled: next, committed: next, reading: undefined };
    this.lanes.set(`${topic}/${lane}`, made);
  }

  private push(lane: Lane, records: readonly StoredRecord[]): void {
    const last = records.at(-1);
    if (!last) return;
    lane.next = last.position.offset + 1;
    lane.queue.push(records);
  }

  /** Reads what the lane has missed, unless that is being done or the lane has enough. */
  private fill(lane: Lane): void {
    if (lane.reading || lane.queue.full || this.stopping.signal.aborted) return;
    const head = this.options.knownHead(lane.topic, lane.lane);
    if (head !== undefined && lane.next >= head) return;
    lane.reading = this.read(lane);
  }

  private async read(lane: Lane): Promise<void> {
    let failures = 0;
    await Promise.resolve(); // `reading` must be set before it can be cleared
    while (!this.stopping.signal.aborted && !lane.queue.full) {
      try {
        if (!(await this.readSome(lane))) break;
        failures = 0;
      } catch (error) {
        const { log, group } = this.options;
        log.warn(
          { group, topic: lane.topic, lane: lane.lane, error: describeFailure(error) },
          'the log could not be read',
        );
        await pause(backoffMs(++failures, readRetry), this.stopping.signal).catch(() => undefined);
      }
    }
    lane.reading = undefined; // in the same turn as the last look at the head, so no append falls between
  }

  private async readSome(lane: Lane): Promise<boolean> {
    const { store, headsOf, maxBatchRecords } = this.options;
    const heads = await headsOf(lane.topic);
    const head = heads[lane.lane]!;
    if (lane.next >= head) return false;
    const records = await store.read(lane.topic, lane.lane, lane.next, maxBatchRecords);
    if (records.length === 0) lane.next = head; // removed by retention
    this.push(lane, records);
    return true;
  }

  private async commit(): Promise<void> {
    const behind = [...this.lanes.values()].filter(({ handled, committed }) => handled > committed);
    if (behind.length === 0 || this.committing) return;
    const { store, group, log } = this.options;
    const offsets: LaneOffset[] = behind.map(({ topic, lane, handled }) => ({ topic, lane, next: handled }));
    this.committing = store
      .commit(group, offsets)
      .then(() => behind.forEach((lane, i) => (lane.committed = offsets[i]!.next)))
      .catch((error: unknown) =>
        log.warn({ group, error: describeFailure(error) }, 'offsets are not committed yet'),
      );
    await this.committing;
    this.committing = undefined;
  }
}
