import { randomUUID } from 'node:crypto';
import type { Cache, Unsubscribe } from '@allora/service-kit/cache';
import { Log } from '@allora/service-kit/log';
import { TopicSeries } from '@allora/service-kit/topic-series';
import { CACHE } from '@allora/service-kit/tokens';
import type { Counter } from 'prom-client';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Tx } from '@allora/store/database';
import { GATEWAY_CONFIG, type GatewayConfig } from './config';
import { decodeLatest, encodeLatest, isToldBy, type Latest, supersedes } from './hot/latest';
import { LatestStore } from './hot/latest.store';
import { GatewayMetrics } from './metrics';

/** Carries what changed, not only that it did: the transaction that tells it has not committed yet. */
const CHANNEL = 'gateway:latest-facts';
/** What could not be overwritten, because the cache was away at that moment, lasts no longer than this. */
const CACHED_MS = 60_000;
/** Without a shared cache nobody tells this replica that there is newer than what it found in the database. */
const UNSHARED_MS = 2_000;
/** An unchecked copy is served on while the cache is asked, for so many times as long as it is trusted. */
const SERVED_WHILE_ASKED = 5;
/** After a failure the cache is not asked for so long: each time costs its time-out. */
const CACHE_PAUSE_MS = 2_000;
/** Topics kept in memory, some 100 kB each at most: the one not checked for longest goes first. */
const MAX_IN_MEMORY = 2_000;

interface Copy {
  readonly latest: Latest;
  readonly checkedAtMs: number;
}

/** The facts of each topic's latest inference: memory, then cache, then database. */
@Injectable()
export class LatestInferences implements OnModuleInit, OnModuleDestroy {
  /** What this replica tells comes back to it as well. */
  private readonly id = randomUUID();
  private readonly copies = new Map<number, Copy>();
  private readonly loading = new Map<number, Promise<Latest | undefined>>();
  private readonly listeners: ((topicId: number) => void)[] = [];
  private readonly shownTopics = new TopicSeries();
  private cachePausedUntilMs = 0;
  private unsubscribe: Unsubscribe | undefined;
  private readonly inMemory: Counter.Internal;

  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    @Inject(CACHE) private readonly cache: Cache,
    private readonly store: LatestStore,
    private readonly metrics: GatewayMetrics,
    private readonly log: Log,
  ) {
    this.inMemory = metrics.latestReads.labels('memory');
  }

  async onModuleInit(): Promise<void> {
    this.unsubscribe = await this.cache.subscribe(CHANNEL, (told) => {
      if (!isToldBy(this.id, told)) this.remember(decodeLatest(told));
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.unsubscribe?.();
  }

  /** Called with a topic of which this replica has got to know something new, before anybody is told it. */
  onChange(listener: (topicId: number) => void): void {
    this.listeners.push(listener);
  }

  /** Undefined while the topic has none. */
  async read(topicId: number): Promise<Latest | undefined> {
    return this.peek(topicId) ?? this.load(topicId);
  }

  /** From memory, at once; undefined when it is not there or too old to be trusted, and has to be read. */
  peek(topicId: number): Latest | undefined {
    const copy = this.copies.get(topicId);
    if (!copy) return undefined;
    const ageMs = performance.now() - copy.checkedAtMs;
    const { latestInferenceTtlMs } = this.config;
    if (ageMs >= latestInferenceTtlMs) {
      if (ageMs >= latestInferenceTtlMs * SERVED_WHILE_ASKED) return undefined;
      this.load(topicId).catch((error: unknown) => this.log.warn({ error, topicId }, 'no newer facts'));
    }
    this.inMemory.inc();
    return copy.latest;
  }

  /** Puts what the transaction sees as the latest in front. */
  async refresh(tx: Tx, topicId: number): Promise<void> {
    const latest = await this.store.find(topicId, tx);
    if (latest) await this.tell(latest);
  }

  /**
   * Puts it in front, here and in every replica, before the commit: should that fail, the fact is delivered again and gives the
   * same.
   */
  async tell(latest: Latest): Promise<void> {
    const { topicId } = latest;
    this.measure(latest, this.copies.get(topicId)?.latest);
    this.remember(latest);
    const bytes = encodeLatest(latest, this.id);
    // Tried whatever happened before: what stays behind in the cache is old for everyone who comes without a copy.
    this.cachePausedUntilMs = 0;
    await Promise.all([
      this.tolerant(() => this.cache.set(key(topicId), bytes, CACHED_MS)),
      this.tolerant(() => this.cache.publish(CHANNEL, bytes)),
    ]);
  }

  /** One at a time for a topic: whoever comes meanwhile gets the same. */
  private load(topicId: number): Promise<Latest | undefined> {
    const underWay = this.loading.get(topicId);
    if (underWay) return underWay;
    const load = this.find(topicId).finally(() => this.loading.delete(topicId));
    this.loading.set(topicId, load);
    return load;
  }

  private async find(topicId: number): Promise<Latest | undefined> {
    const cached = await this.tolerant(() => this.cache.get(key(topicId)));
    const known = cached && decodeLatest(cached);
    const held = this.copies.get(topicId)?.latest;
    // Behind what was told here: the cache was away when that was to be put into it.
    const outdated = known && held && supersedes(held, known);
    if (known && !outdated) return this.found('cache', this.remember(known));
    const stored = await this.store.find(topicId);
    if (!stored) return this.found('none', undefined);
    const bytes = encodeLatest(stored);
    const ttlMs = this.config.redisUrl === undefined ? UNSHARED_MS : CACHED_MS;
    await this.tolerant(() =>
      outdated
        ? this.cache.set(key(topicId), bytes, ttlMs)
        : this.cache.setIfAbsent(key(topicId), bytes, ttlMs),
    );
    return this.found('database', this.remember(stored));
  }

  /** What was read may be older than what was told meanwhile. */
  private remember(next: Latest | undefined): Latest | undefined {
    if (!next) return undefined;
    const { topicId } = next;
    const held = this.copies.get(topicId)?.latest;
    const latest = held && !supersedes(next, held) ? held : next;
    if (held !== latest) this.show(latest);
    if (held !== latest) for (const tell of this.listeners) tell(topicId);
    this.copies.delete(topicId);
    this.copies.set(topicId, { latest, checkedAtMs: performance.now() });
    if (this.copies.size > MAX_IN_MEMORY) this.copies.delete(this.copies.keys().next().value ?? topicId);
    return latest;
  }

  /** Once for an epoch: by the replica to which the second of both moments was told. */
  private measure(latest: Latest, held: Latest | undefined): void {
    const delayMs = inferenceDelayMs(latest);
    const isMeasured =
      held === undefined || (held.nonce === latest.nonce && inferenceDelayMs(held) !== undefined);
    if (delayMs !== undefined && !isMeasured)
      this.metrics.inferenceDelay.observe(Math.max(0, delayMs) / 1_000);
  }

  private show({ topicId, facts }: Latest): void {
    if (facts.inferenceMs === undefined || !this.shownTopics.has(topicId)) return;
    this.metrics.latestTold.set({ topic_id: String(topicId) }, facts.inferenceMs / 1_000);
  }

  private found<T>(source: 'cache' | 'database' | 'none', value: T): T {
    this.metrics.latestReads.inc({ source });
    return value;
  }

  /** Without the cache every answer is still right, only slower. */
  private async tolerant<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (performance.now() < this.cachePausedUntilMs) return undefined;
    try {
      return await work();
    } catch (error) {
      this.cachePausedUntilMs = performance.now() + CACHE_PAUSE_MS;
      this.log.warn({ error }, 'the cache failed');
      return undefined;
    }
  }
}

function inferenceDelayMs({ facts: { phases, inferenceMs } }: Latest): number | undefined {
  const closedMs = phases.worker_window_closed?.atMs;
  return inferenceMs === undefined || closedMs === undefined ? undefined : inferenceMs - closedMs;
}

const key = (topicId: number): string => `gateway:latest-facts:${topicId}`;
