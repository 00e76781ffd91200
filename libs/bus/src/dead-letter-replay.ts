import { pause } from './backoff';
import { readDeadLetter } from './dead-letters';
import type { Deliveries, Subscription } from './deliveries';
import { describeFailure } from './failure';
import type { ReplayOutcome } from './service-bus';
import { type BusTransport, deadLetterTopic, type StoredRecord, type TransportLog } from './transport';

interface ReplayGiven {
  readonly service: string;
  readonly group: string;
  readonly transport: BusTransport;
  readonly log: TransportLog;
  readonly deliveries: Deliveries;
}

const pollMs = 50;
const recheckMs = 3_000;

/**
 * Reads the letters of a dead letter topic that this service's last replay left and that were there when this one began:
 * letters that a failing replay adds stay for the next.
 */
export class DeadLetterReplay {
  private replayed = 0;
  private failed = 0;
  private left: ReadonlySet<string> = new Set();
  private readonly done = new Set<string>();

  constructor(private readonly given: ReplayGiven) {}

  async run(subscription: Subscription): Promise<ReplayOutcome> {
    const { service, log } = this.given;
    const name = deadLetterTopic(subscription.topic.name);
    this.left = await this.waiting(name);
    if (this.left.size > 0) await this.work(subscription, name);
    const { replayed, failed } = this;
    log.info({ service, topic: subscription.topic.name, replayed, failed }, 'dead letters replayed');
    return { replayed, failed };
  }

  private async work(subscription: Subscription, name: string): Promise<void> {
    const consumption = await this.given.transport.consume({
      group: this.given.group,
      topics: [name],
      maxBatchRecords: 1,
      handle: (records, signal) => this.take(subscription, records[0]!, signal),
    });
    try {
      await this.finished(name);
    } finally {
      await consumption.stop();
    }
  }

  /** Another replica that replays at the same time takes its share: what it has committed is not waited for. */
  private async finished(name: string): Promise<void> {
    for (let quietMs = 0, seen = 0; this.left.size > this.done.size; quietMs += pollMs) {
      if (seen !== this.done.size) quietMs = 0;
      seen = this.done.size;
      await pause(pollMs);
      if (quietMs < recheckMs) continue;
      quietMs = 0;
      const waiting = await this.waiting(name);
      this.left = new Set([...this.left].filter((place) => this.done.has(place) || waiting.has(place)));
    }
  }

  private async waiting(name: string): Promise<ReadonlySet<string>> {
    const { transport, group } = this.given;
    return new Set(await transport.peek({ group, topic: name, limit: Infinity, pick: placeOf }));
  }

  private async take(subscription: Subscription, stored: StoredRecord, signal: AbortSignal): Promise<void> {
    const place = placeOf(stored);
    if (this.done.has(place)) return;
    if (!this.left.has(place)) throw new Error('for the next replay');
    const record = this.ownRecord(stored);
    if (record) {
      const givenUp = await this.given.deliveries.handle(subscription, [record], signal);
      this.failed += givenUp;
      this.replayed += 1 - givenUp;
    }
    this.done.add(place);
  }

  private ownRecord(stored: StoredRecord): StoredRecord | undefined {
    const { service, log } = this.given;
    try {
      const { letter, record } = readDeadLetter(stored);
      return letter.service === service ? record : undefined;
    } catch (error) {
      log.error(
        { service, topic: stored.topic, position: stored.position, error: describeFailure(error) },
        'no dead letter',
      );
      return undefined;
    }
  }
}

const placeOf = ({ position: { partition, offset } }: StoredRecord): string => `${partition}/${offset}`;
