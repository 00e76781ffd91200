import type { TrustThresholds } from '@allora/protocol/trust/trust';
import type { Cache, Unsubscribe } from '@allora/service-kit/cache';
import { HealthProbes } from '@allora/service-kit/health';
import { Log } from '@allora/service-kit/log';
import { CACHE } from '@allora/service-kit/tokens';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import { trustThresholds } from '../trust/settings';
import { CatchUps } from './catch-ups';
import { FactCalls } from './fact-calls';
import { cursorText, positionBehind } from './stream-cursor';
import { StreamMetrics } from './stream-metrics';
import { type StreamHead, StreamStore } from './stream.store';
import type { Subscription } from './subscription';
import { RecentFacts } from './recent-facts';
import { heartbeat, ToldFact } from './told-fact';

/** New facts read at a time. */
const PAGE = 256;
/** Kept in memory for readers that were away for a moment. */
const RECENT = 256;
/** The pace without calls: they may be lost. */
const SLOW_LOOK_MS = 500;
/** A call may reach a replica before its database shows the commit, so the looks behind it are close together. */
const FIRST_LOOK_MS = 1;
const LAST_LOOK_MS = 16;
const BEATS_AT_ONCE = 16;

/**
 * The facts of epochs as they become known, to all readers of this replica: read once, made into bytes once, written to each.
 * Whoever keeps a fact calls all replicas through the cache's channel.
 */
@Injectable()
export class StreamHub implements OnModuleInit, OnModuleDestroy {
  /** Readers that have been told all up to the head. */
  private readonly everywhere = new Set<Subscription>();
  private readonly byTopic = new Map<number, Set<Subscription>>();
  private readonly recent = new RecentFacts(RECENT);
  private readonly catchUps: CatchUps;
  private readonly thresholds: TrustThresholds;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly calls = new FactCalls();
  private head: StreamHead | undefined;
  private starting: Promise<void> | undefined;
  private looking: Promise<void> | undefined;
  private beating: Promise<void> | undefined;
  private count = 0;
  /** What was read before the last rest is of no use behind it. */
  private rests = 0;
  private closed = false;
  private unsubscribe: Unsubscribe | undefined;

  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    @Inject(CACHE) private readonly cache: Cache,
    private readonly store: StreamStore,
    private readonly metrics: StreamMetrics,
    private readonly log: Log,
    private readonly health: HealthProbes,
  ) {
    this.thresholds = trustThresholds(config);
    this.catchUps = new CatchUps(store, metrics, this.thresholds);
  }

  onModuleInit(): void {
    // Not waited for: without the cache streams are slower, by half a second at most.
    this.calls
      .listen(this.cache, () => this.wake())
      .then((unsubscribe) => (this.unsubscribe = unsubscribe))
      .catch((error: unknown) => this.log.warn({ error }, 'streams are polled only: no cache to listen to'));
    this.timers.push(
      setInterval(() => this.wake(true), SLOW_LOOK_MS),
      setInterval(
        () => (this.beating ??= this.beat().finally(() => (this.beating = undefined))),
        this.config.streamHeartbeatMs,
      ),
    );
    this.health.stopping.addEventListener('abort', () => this.end(), { once: true });
  }

  async onModuleDestroy(): Promise<void> {
    this.end();
    await this.looking;
    await this.unsubscribe?.().catch(() => undefined);
  }

  /** What the stream holds as of now. */
  current(): Promise<StreamHead> {
    return this.store.head();
  }

  /** To every replica: this fact was committed. */
  announce(fact: { readonly topicId: number; readonly nonce: number; readonly kind: string }): void {
    this.calls
      .send(this.cache, fact, () => this.wake())
      .catch((error: unknown) => {
        this.log.warn({ error, ...fact }, 'a new fact was not called out; streams find it by themselves');
      });
  }

  /** Tells the reader everything from where it stands, and goes on until its outlet ends. Resolves once it is up to date. */
  async follow(subscription: Subscription, generation: string): Promise<void> {
    this.count += 1;
    const { outlet } = subscription;
    try {
      for (;;) {
        const { head } = this;
        if (outlet.ended) return;
        if (this.closed) return outlet.close();
        if (!head) {
          await this.start();
          continue;
        }
        if (head.generation !== generation) return outlet.close();
        // Nothing is awaited between the comparison and the joining: no fact can fall between them.
        if (subscription.seq >= head.seq) return this.join(subscription);
        await this.catchUps.advance(subscription, { head, recent: this.recent });
      }
    } catch (error) {
      this.log.warn({ error }, 'a stream was not fed; its reader comes again');
      outlet.close();
    }
  }

  /** Exactly once for every reader that `follow` was called with. */
  leave(subscription: Subscription): void {
    for (const readers of this.placesOf(subscription)) readers.delete(subscription);
    for (const topicId of subscription.topics ?? [])
      if (this.byTopic.get(topicId)?.size === 0) this.byTopic.delete(topicId);
    this.count -= 1;
    if (this.count === 0) this.rest();
  }

  private join(subscription: Subscription): void {
    for (const topicId of subscription.topics ?? [])
      if (!this.byTopic.has(topicId)) this.byTopic.set(topicId, new Set());
    for (const readers of this.placesOf(subscription)) readers.add(subscription);
  }

  private placesOf({ topics }: Subscription): Set<Subscription>[] {
    return topics ? topics.flatMap((topicId) => this.byTopic.get(topicId) ?? []) : [this.everywhere];
  }

  /** With the first reader; the latest facts are read again, as readers that come after a restart have missed but those. */
  private start(): Promise<void> {
    this.starting ??= this.begin().finally(() => (this.starting = undefined));
    return this.starting;
  }

  private async begin(): Promise<void> {
    const { rests } = this;
    const { generation, seq } = await this.store.head();
    if (this.rests !== rests) return;
    this.head = { generation, seq: Math.max(0, seq - RECENT) };
    await this.readNew();
  }

  /** Without readers nothing is read. */
  private rest(): void {
    this.rests += 1;
    this.head = undefined;
    this.recent.clear();
  }

  private wake(checked = false): void {
    if (this.closed || !this.head || this.looking) return;
    this.looking = (checked ? this.check() : Promise.resolve())
      .then(() => this.look())
      .catch((error: unknown) => this.log.warn({ error }, 'new facts were not read; they are read again'))
      .finally(() => (this.looking = undefined));
  }

  /** Until everything that was called out has been found. */
  private async look(): Promise<void> {
    let paceMs = FIRST_LOOK_MS;
    while (this.head && !this.closed) {
      const told = await this.readNew();
      if (!this.calls.outstanding(performance.now())) return;
      paceMs = told > 0 ? FIRST_LOOK_MS : Math.min(LAST_LOOK_MS, 2 * paceMs);
      await new Promise((resolve) => setTimeout(resolve, paceMs));
    }
  }

  private async readNew(): Promise<number> {
    const { rests } = this;
    for (let told = 0; ;) {
      if (!this.head) return told;
      const { generation, seq: after } = this.head;
      const rows = await this.store.page({ after, limit: PAGE });
      if (this.rests !== rests) return told;
      for (const row of rows) this.tell(new ToldFact(row, { generation, thresholds: this.thresholds }));
      told += rows.length;
      if (rows.length < PAGE) return told;
    }
  }

  private tell(fact: ToldFact): void {
    if (!this.head || fact.seq <= this.head.seq) return;
    this.head = { ...this.head, seq: fact.seq };
    this.recent.add(fact);
    this.calls.found(fact);
    this.metrics.delay.observe(Math.max(0, Date.now() - fact.producedAtMs) / 1_000);
    const readers = this.byTopic.get(fact.topicId);
    if (readers) for (const reader of readers) reader.offer(fact);
    for (const reader of this.everywhere) reader.offer(fact);
  }

  /** Some readers at a time: an event that comes meanwhile waits for these alone. */
  private async beat(): Promise<void> {
    const readers = [...this.joined()];
    for (let from = 0; from < readers.length; from += BEATS_AT_ONCE) {
      if (from > 0) await setImmediate();
      // As of now: readers have been told since what this beat began with.
      if (!this.head || this.closed) return;
      const { generation, seq } = this.head;
      const cursor = cursorText({ generation, position: positionBehind(seq) });
      const frames = { sse: heartbeat('sse', cursor), grpc: heartbeat('grpc', cursor) };
      for (const { outlet } of readers.slice(from, from + BEATS_AT_ONCE)) outlet.write(frames[outlet.wire]);
    }
  }

  /** Where the tables were emptied everyone is to come again, and is told that their cursors mean nothing now. */
  private async check(): Promise<void> {
    const { generation, seq } = await this.store.head();
    if (!this.head || (generation === this.head.generation && seq >= this.head.seq)) return;
    this.log.warn({}, 'the projection was made anew: streams begin again');
    for (const { outlet } of this.joined()) outlet.close();
    this.rest();
  }

  private joined(): Set<Subscription> {
    return new Set([...this.everywhere, ...[...this.byTopic.values()].flatMap((readers) => [...readers])]);
  }

  private end(): void {
    this.closed = true;
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    for (const { outlet } of this.joined()) outlet.close();
  }
}
