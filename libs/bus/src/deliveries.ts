import type { BusTopic } from '@allora/contracts/catalog';
import { backoffMs, pause } from './backoff';
import { reasonName } from './dead-letter-list';
import { DeadLetterReason, toDeadLetter } from './dead-letters';
import { open } from './envelope';
import { describeFailure, isInfrastructureFailure } from './failure';
import { grouped } from './grouped';
import type { BusMetrics } from './metrics';
import type { BusOptions } from './options';
import type { BatchHandler, Delivery, UnitOfWork } from './service-bus';
import type { BusTracing } from './tracing';
import { type BusTransport, deadLetterTopic, type StoredRecord, type TransportLog } from './transport';

/** What a service does with one topic. Handlers of single events are wrapped, so that all are of one shape. */
export interface Subscription {
  readonly topic: BusTopic<unknown>;
  readonly handlers: BatchHandler<unknown>[];
  /** Every handler takes batches: then the deliveries of a key share a transaction. */
  batched: boolean;
}

export interface DeliveriesGiven {
  readonly service: string;
  readonly transport: BusTransport;
  readonly log: TransportLog;
  readonly metrics: BusMetrics;
  readonly options: BusOptions;
  readonly tracing: BusTracing;
  readonly nowMs: () => number;
  /** Runs the work in one transaction with the inbox; the work sees only what has not taken effect before. */
  readonly applyOnce: (
    key: string,
    eventIds: readonly string[],
    work: (fresh: ReadonlySet<string>, unit: UnitOfWork) => Promise<void>,
  ) => Promise<ReadonlySet<string>>;
  readonly databaseAnswers: () => Promise<boolean>;
}

interface Item {
  readonly record: StoredRecord;
  readonly delivery: Delivery<unknown>;
}

/** From records of the log to committed effects, or to a dead letter. Rejects only when the consumption is stopping. */
export class Deliveries {
  constructor(private readonly given: DeliveriesGiven) {}

  /** Records of one partition: keys side by side, the records of one key in order. Returns how many were given up. */
  async handle(
    subscription: Subscription,
    records: readonly StoredRecord[],
    signal: AbortSignal,
  ): Promise<number> {
    const items = await this.opened(subscription.topic, records, signal);
    const perKey = [...grouped(items, ({ record }) => record.key)];
    const outcomes = await Promise.allSettled(
      perKey.map(([key, list]) => this.handleKey(subscription, key, list, signal)),
    );
    let givenUp = records.length - items.length;
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason;
      givenUp += outcome.value;
    }
    return givenUp;
  }

  private async opened(topic: BusTopic<unknown>, records: readonly StoredRecord[], signal: AbortSignal) {
    const items: Item[] = [];
    for (const record of records) {
      try {
        items.push({ record, delivery: open(topic, record) });
      } catch (error) {
        await this.giveUp(record, { reason: DeadLetterReason.UNDECODABLE, attempts: 1, error }, signal);
      }
    }
    return items;
  }

  private async handleKey(
    subscription: Subscription,
    key: string,
    items: readonly Item[],
    signal: AbortSignal,
  ) {
    if (subscription.batched && items.length > 1) {
      const attempt = () => this.attemptTogether(subscription, key, items, signal);
      if (await this.followed(subscription, items, attempt)) return 0;
    }
    let givenUp = 0;
    for (const item of items) {
      const attempt = () => this.attemptAlone(subscription, key, item, signal);
      if (!(await this.followed(subscription, [item], attempt))) givenUp++;
    }
    return givenUp;
  }

  private followed({ topic }: Subscription, items: readonly Item[], attempt: () => Promise<boolean>) {
    const { service, tracing } = this.given;
    const deliveries = items.map(({ delivery }) => delivery);
    return tracing.handling({ service, topic: topic.name, deliveries }, attempt);
  }

  /** False when a handler failed: which of the records it was shows when they come one by one. */
  private async attemptTogether(
    subscription: Subscription,
    key: string,
    items: readonly Item[],
    signal: AbortSignal,
  ) {
    try {
      await this.applyThroughOutages(subscription, key, items, signal);
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      this.noteRetry(subscription.topic.name, 'handler', error, { key, records: items.length });
      return false;
    }
  }

  /** False when the record became a dead letter. */
  private async attemptAlone(subscription: Subscription, key: string, item: Item, signal: AbortSignal) {
    const { maxAttempts, retryBaseMs, retryMaxMs } = this.given.options;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.applyThroughOutages(subscription, key, [item], signal);
        return true;
      } catch (error) {
        if (signal.aborted) throw error;
        if (attempt >= maxAttempts) {
          const failure = { reason: DeadLetterReason.HANDLER_FAILED, attempts: attempt, error };
          await this.giveUp(item.record, failure, signal);
          return false;
        }
        this.noteRetry(subscription.topic.name, 'handler', error, {
          key,
          attempt,
          position: item.record.position,
        });
        await pause(backoffMs(attempt, { baseMs: retryBaseMs, maxMs: retryMaxMs }), signal);
      }
    }
  }

  /** Throws what the handlers threw; failures of the surroundings are waited out. */
  private applyThroughOutages(
    subscription: Subscription,
    key: string,
    items: readonly Item[],
    signal: AbortSignal,
  ) {
    return this.throughOutages(subscription.topic.name, signal, () => this.apply(subscription, key, items));
  }

  private async throughOutages(topic: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    for (let outages = 1; ; outages++) {
      try {
        return await work();
      } catch (error) {
        if (!isInfrastructureFailure(error) && (await this.given.databaseAnswers())) throw error;
        this.noteRetry(topic, 'infrastructure', error, { outages });
        await pause(backoffMs(outages, { baseMs: 50, maxMs: this.given.options.outageRetryMaxMs }), signal);
      }
    }
  }

  private async apply(subscription: Subscription, key: string, items: readonly Item[]): Promise<void> {
    const labels = { service: this.given.service, topic: subscription.topic.name };
    const { handled, duplicates, handleSeconds, latencySeconds } = this.given.metrics;
    const stopTimer = handleSeconds.startTimer(labels);
    const fresh = await this.given.applyOnce(
      key,
      items.map(({ delivery }) => delivery.eventId),
      async (ids, unit) => {
        const deliveries = firstOfEach(items, ids);
        for (const handler of subscription.handlers) await handler(deliveries, unit);
      },
    );
    stopTimer();
    handled.inc(labels, fresh.size);
    duplicates.inc(labels, items.length - fresh.size);
    this.given.log.debug({ ...labels, records: items.length, fresh: fresh.size }, 'records handled');
    const nowMs = this.given.nowMs();
    for (const { producedAtMs } of firstOfEach(items, fresh)) {
      latencySeconds.observe(labels, Math.max(0, nowMs - producedAtMs) / 1_000);
    }
  }

  private async giveUp(
    record: StoredRecord,
    failure: { reason: DeadLetterReason; attempts: number; error: unknown },
    signal: AbortSignal,
  ): Promise<void> {
    const { service, log, metrics, transport, nowMs } = this.given;
    const { topic, key, position } = record;
    const letter = toDeadLetter(record, { service, ...failure }, { nowMs: nowMs(), traceParent: '' });
    await this.throughOutages(topic, signal, async () => {
      await transport.append(deadLetterTopic(topic), [letter]);
    });
    const reason = reasonName(failure.reason);
    metrics.deadLettered.inc({ service, topic, reason });
    const error = describeFailure(failure.error);
    log.error(
      { service, topic, key, position, reason, attempts: failure.attempts, error },
      'record became a dead letter',
    );
  }

  private noteRetry(topic: string, cause: 'handler' | 'infrastructure', error: unknown, facts: object): void {
    const { service, log, metrics } = this.given;
    metrics.retried.inc({ service, topic, cause });
    log.warn(
      { service, topic, cause, ...facts, error: describeFailure(error) },
      'delivery failed and is tried again',
    );
  }
}

/** A batch can hold one event twice, as the log can. */
function firstOfEach(items: readonly Item[], ids: ReadonlySet<string>): Delivery<unknown>[] {
  const seen = new Set<string>();
  return items.flatMap(({ delivery }) => {
    if (!ids.has(delivery.eventId) || seen.has(delivery.eventId)) return [];
    seen.add(delivery.eventId);
    return [delivery];
  });
}
