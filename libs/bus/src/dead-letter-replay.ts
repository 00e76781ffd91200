import { pause } from './backoff';
import { readDeadLetter } from './dead-letters';
import type { Deliveries, Subscription } from './deliveries';
import { describeFailure } from './failure';
import type { ReplayOutcome } from './service-bus';
import {
  type BusTransport,
  type Consumption,
  deadLetterTopic,
  type StoredRecord,
  type TransportLog,
} from './transport';

interface ReplayGiven {
  readonly service: string;
  readonly group: string;
  readonly transport: BusTransport;
  readonly log: TransportLog;
  readonly deliveries: Deliveries;
}

const pollMs = 50;

/**
 * Reads a dead letter topic from where this service's last replay ended to where it ended when the replay began: letters
 * that a failing replay adds stay for the next.
 */
export class DeadLetterReplay {
  private replayed = 0;
  private failed = 0;
  private left = 0;

  constructor(private readonly given: ReplayGiven) {}

  async run(subscription: Subscription): Promise<ReplayOutcome> {
    const { transport, service, group, log } = this.given;
    const name = deadLetterTopic(subscription.topic.name);
    let begin!: () => void;
    const known = new Promise<void>((resolve) => (begin = resolve));
    const consumption = await transport.consume({
      group: `${group}.dead-letters`,
      topics: [name],
      maxBatchRecords: 1,
      handle: async (records, signal) => {
        await known;
        await this.take(subscription, records[0]!, signal);
      },
    });
    try {
      this.left = (await consumption.lag())[name] ?? 0;
      begin();
      await this.finished(consumption, name);
    } finally {
      await consumption.stop();
    }
    const { replayed, failed } = this;
    log.info({ service, topic: subscription.topic.name, replayed, failed }, 'dead letters replayed');
    return { replayed, failed };
  }

  private async take(subscription: Subscription, stored: StoredRecord, signal: AbortSignal): Promise<void> {
    if (this.left <= 0) throw new Error('for the next replay');
    const record = this.ownRecord(stored);
    if (record) {
      const givenUp = await this.given.deliveries.handle(subscription, [record], signal);
      this.failed += givenUp;
      this.replayed += 1 - givenUp;
    }
    this.left--;
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

  /** Offsets may have gaps: then the count never reaches zero, but the lag does. */
  private async finished(consumption: Consumption, name: string): Promise<void> {
    while (this.left > 0 && ((await consumption.lag())[name] ?? 0) > 0) await pause(pollMs);
  }
}
