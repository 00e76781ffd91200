import type { BusTopic } from '@allora/contracts/catalog';
import type { Database, Tx } from '@allora/store/database';
import type { Registry } from 'prom-client';
import { waitingDeadLetter } from './dead-letter-list';
import { DeadLetterReplay } from './dead-letter-replay';
import { Deliveries, type Subscription } from './deliveries';
import { seal } from './envelope';
import { BusGauges } from './gauges';
import { grouped } from './grouped';
import { takeTurn, takeTurnAndEnter } from './inbox';
import { type BusMetrics, busMetrics } from './metrics';
import { type BusOptions, defaultBusOptions } from './options';
import { Relay } from './relay';
import type {
  BatchHandler,
  Handler,
  ReplayOutcome,
  ServiceBus,
  UnitOfWork,
  WaitingDeadLetter,
} from './service-bus';
import {
  type BusTransport,
  type Consumption,
  deadLetterTopic,
  type LogPosition,
  type TransportLog,
} from './transport';
import { type BusTracing, untraced } from './tracing';
import { KeyedTurns, Slots } from './turns';
import { OutboxUnit } from './unit-of-work';

export interface ServiceBusGiven {
  readonly service: string;
  readonly database: Database;
  readonly transport: BusTransport;
  readonly registry: Registry;
  readonly log: TransportLog;
  readonly options?: Partial<BusOptions>;
  /** Who follows the work; nobody unless told. */
  readonly tracing?: BusTracing;
  readonly nowMs?: () => number;
}

export function createServiceBus(given: ServiceBusGiven): ServiceBus {
  return new TransportServiceBus(given);
}

class TransportServiceBus implements ServiceBus {
  private readonly options: BusOptions;
  private readonly metrics: BusMetrics;
  private readonly group: string;
  private readonly tracing: BusTracing;
  private readonly relay: Relay;
  private readonly deliveries: Deliveries;
  private readonly gauges: BusGauges;
  private readonly turns = new KeyedTurns();
  private readonly slots: Slots;
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly underway = new Set<Promise<unknown>>();
  private consumption: Consumption | undefined;
  private drained: Promise<void> | undefined;

  constructor(private readonly given: ServiceBusGiven) {
    const { service, database, transport, log, registry } = given;
    this.options = { ...defaultBusOptions, ...given.options };
    this.metrics = busMetrics(registry);
    this.group = `allora.${service}`;
    this.tracing = given.tracing ?? untraced;
    this.slots = new Slots(this.options.concurrency);
    const shared = { service, transport, log, metrics: this.metrics, options: this.options };
    this.relay = new Relay({ ...shared, databaseUrl: database.options.url });
    this.gauges = new BusGauges({
      ...shared,
      database,
      lag: async () => (await this.consumption?.lag()) ?? {},
    });
    this.deliveries = new Deliveries({
      ...shared,
      tracing: this.tracing,
      nowMs: this.nowMs,
      applyOnce: (key, eventIds, work) => this.applyOnce(key, eventIds, work),
      databaseAnswers: () =>
        database.ping().then(
          () => true,
          () => false,
        ),
    });
  }

  on<T>(topic: BusTopic<T>, handler: Handler<T>): void {
    this.subscribe(topic, false, async (deliveries, unit) => {
      for (const delivery of deliveries) await handler(delivery.message, unit, delivery);
    });
  }

  onBatch<T>(topic: BusTopic<T>, handler: BatchHandler<T>): void {
    this.subscribe(topic, true, handler);
  }

  async append<T>(
    topic: BusTopic<T>,
    messages: readonly T[],
    causes: readonly (readonly string[])[] = [],
  ): Promise<LogPosition[]> {
    const nowMs = this.nowMs();
    const tellings = messages.map((message, i) => this.tracing.telling(topic.name, message, causes[i]));
    const records = messages.map((message, i) =>
      seal(topic, message, { nowMs, traceParent: tellings[i]!.traceParent }),
    );
    const positions = await this.given.transport.append(topic.name, records);
    for (const telling of tellings) telling.end();
    this.metrics.published.inc({ service: this.given.service, topic: topic.name }, records.length);
    return positions;
  }

  transaction<R>({ key }: { key?: string }, work: (unit: UnitOfWork) => Promise<R>): Promise<R> {
    if (key === undefined) return this.track(this.commit((_, unit) => work(unit)));
    const { service } = this.given;
    return this.track(
      this.turns.run(key, () =>
        this.commit(async (tx, unit) => {
          await takeTurn(tx, service, key);
          return work(unit);
        }),
      ),
    );
  }

  async start(): Promise<void> {
    const { transport, log, service } = this.given;
    const { topics } = this;
    await transport.ensureTopics(
      topics.flatMap((topic) => [topic, { name: deadLetterTopic(topic.name), retentionDays: null }]),
    );
    this.relay.start();
    if (topics.length > 0) {
      this.consumption = await transport.consume({
        group: this.group,
        topics: topics.map(({ name }) => name),
        maxBatchRecords: this.options.maxBatchRecords,
        handle: async (records, signal) => {
          for (const [topic, list] of grouped(records, ({ topic }) => topic)) {
            await this.deliveries.handle(this.subscriptions.get(topic)!, list, signal);
          }
        },
      });
    }
    this.gauges.start();
    this.countFromZero();
    log.info({ service, topics: topics.map(({ name }) => name) }, 'bus started');
  }

  /** A counter that first appears with its first failure shows no increase, and wakes nobody. */
  private countFromZero(): void {
    const { service } = this.given;
    for (const { name: topic } of this.topics) {
      for (const reason of ['undecodable', 'handler_failed'])
        this.metrics.deadLettered.inc({ service, topic, reason }, 0);
      for (const cause of ['handler', 'infrastructure'])
        this.metrics.retried.inc({ service, topic, cause }, 0);
    }
  }

  drain(): Promise<void> {
    return (this.drained ??= this.end());
  }

  private async end(): Promise<void> {
    const { log, service } = this.given;
    await this.consumption?.stop();
    this.consumption = undefined;
    while (this.underway.size > 0) await Promise.allSettled(this.underway);
    await this.relay.settled(this.options.drainTimeoutMs);
    await this.relay.stop();
    await this.gauges.stop();
    log.info({ service }, 'bus drained');
  }

  get topics(): readonly BusTopic<unknown>[] {
    return [...this.subscriptions.values()].map(({ topic }) => topic);
  }

  async listDeadLetters<T>(topic: BusTopic<T>, { limit }: { limit: number }): Promise<WaitingDeadLetter[]> {
    const { service, transport } = this.given;
    this.subscriptionOf(topic);
    const letters = await transport.peek({
      group: replayGroup(this.group),
      topic: deadLetterTopic(topic.name),
      limit,
      pick: (stored) => waitingDeadLetter(service, stored),
    });
    return letters.sort((one, two) => one.failedAtMs - two.failedAtMs);
  }

  async replayDeadLetters<T>(topic: BusTopic<T>): Promise<ReplayOutcome> {
    const { service, transport, log } = this.given;
    const subscription = this.subscriptionOf(topic);
    const replay = new DeadLetterReplay({
      service,
      transport,
      log,
      group: replayGroup(this.group),
      deliveries: this.deliveries,
    });
    return this.track(replay.run(subscription));
  }

  private subscriptionOf({ name }: { name: string }): Subscription {
    const subscription = this.subscriptions.get(name);
    if (subscription) return subscription;
    throw new Error(`${this.given.service} has no handler of ${name}: its dead letters are another's`);
  }

  private subscribe<T>(topic: BusTopic<T>, batched: boolean, handler: BatchHandler<T>): void {
    if (this.consumption) throw new Error(`a handler of ${topic.name} was registered after the start`);
    const known = this.subscriptions.get(topic.name);
    const subscription = known ?? { topic: topic as BusTopic<unknown>, handlers: [], batched };
    subscription.handlers.push(handler as BatchHandler<unknown>);
    subscription.batched &&= batched;
    this.subscriptions.set(topic.name, subscription);
  }

  /** The turn within this process comes before the connection, so that those who wait hold none. */
  private applyOnce(
    key: string,
    eventIds: readonly string[],
    work: (fresh: ReadonlySet<string>, unit: UnitOfWork) => Promise<void>,
  ): Promise<ReadonlySet<string>> {
    const { service } = this.given;
    return this.turns.run(key, () =>
      this.slots.run(() =>
        this.commit(async (tx, unit) => {
          const fresh = await takeTurnAndEnter(tx, service, key, eventIds);
          if (fresh.size > 0) await work(fresh, unit);
          return fresh;
        }),
      ),
    );
  }

  private async commit<R>(work: (tx: Tx, unit: UnitOfWork) => Promise<R>): Promise<R> {
    const { result, unit, told } = await this.given.database.transaction(async (tx) => {
      const unit = new OutboxUnit(tx, {
        service: this.given.service,
        tracing: this.tracing,
        nowMs: this.nowMs,
      });
      return { result: await work(tx, unit), unit, told: await unit.end() };
    });
    if (told > 0) this.relay.wake();
    unit.committed();
    return result;
  }

  private async track<R>(work: Promise<R>): Promise<R> {
    this.underway.add(work);
    try {
      return await work;
    } finally {
      this.underway.delete(work);
    }
  }

  private readonly nowMs = (): number => this.given.nowMs?.() ?? Date.now();
}

/** Apart from the service's own group: replays have a place of their own on dead letter topics. */
const replayGroup = (group: string): string => `${group}.dead-letters`;
