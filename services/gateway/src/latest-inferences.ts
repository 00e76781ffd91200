import type { Cache, Unsubscribe } from '@allora/service-kit/cache';
import { Log } from '@allora/service-kit/log';
import { CACHE } from '@allora/service-kit/tokens';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Tx } from '@allora/store/database';
import { GATEWAY_CONFIG, type GatewayConfig } from './config';
import { FactsStore } from './facts.store';
import { latestInferenceBody } from './inference-view';
import { GatewayMetrics } from './metrics';
import { TopicsStore } from './topics.store';

const CHANNEL = 'gateway:latest-inferences';
/** What a reader puts into the cache may be a moment old already; it must not outlive a writer's for long. */
const READERS_TTL_MS = 2_000;
/** Topics kept in memory: the least recently written goes first. */
const MAX_IN_MEMORY = 10_000;

interface Copy {
  readonly body: string;
  readonly staleAtMs: number;
}

/** The latest inference of each topic as the text that is served: memory, then cache, then database. */
@Injectable()
export class LatestInferences implements OnModuleInit, OnModuleDestroy {
  private readonly copies = new Map<number, Copy>();
  private unsubscribe: Unsubscribe | undefined;

  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    @Inject(CACHE) private readonly cache: Cache,
    private readonly facts: FactsStore,
    private readonly topics: TopicsStore,
    private readonly metrics: GatewayMetrics,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    this.unsubscribe = await this.cache.subscribe(CHANNEL, (topicId) => this.copies.delete(Number(topicId)));
  }

  async onModuleDestroy(): Promise<void> {
    await this.unsubscribe?.();
  }

  /** Undefined while the topic has none. */
  async read(topicId: number): Promise<string | undefined> {
    const copy = this.copies.get(topicId);
    if (copy && copy.staleAtMs > performance.now()) return this.found('memory', copy.body);
    const cached = await this.tolerant(() => this.cache.get(key(topicId)));
    if (cached) return this.found('cache', this.remember(topicId, cached.toString()));
    const nonce = await this.topics.latestNonce(topicId);
    const body = nonce === null ? undefined : this.render(await this.facts.epoch(topicId, nonce));
    if (body === undefined) return this.found('none', undefined);
    await this.tolerant(() => this.cache.set(key(topicId), Buffer.from(body), READERS_TTL_MS));
    return this.found('database', this.remember(topicId, body));
  }

  /**
   * Puts what the transaction sees as the latest in front. It runs before the commit: should that fail, the fact is delivered
   * again and gives the same text.
   */
  async refresh(tx: Tx, topicId: number, nonce: number): Promise<void> {
    const body = this.render(await this.facts.epoch(topicId, nonce, tx));
    if (body === undefined) return;
    await this.tolerant(() => this.cache.set(key(topicId), Buffer.from(body)));
    await this.tolerant(() => this.cache.publish(CHANNEL, Buffer.from(String(topicId))));
    this.remember(topicId, body);
  }

  private render(facts: Awaited<ReturnType<FactsStore['epoch']>>): string | undefined {
    return facts.inference ? latestInferenceBody(facts.inference, facts) : undefined;
  }

  private remember(topicId: number, body: string): string {
    this.copies.delete(topicId);
    this.copies.set(topicId, { body, staleAtMs: performance.now() + this.config.latestInferenceTtlMs });
    if (this.copies.size > MAX_IN_MEMORY) this.copies.delete(this.copies.keys().next().value ?? topicId);
    return body;
  }

  private found<T>(source: 'memory' | 'cache' | 'database' | 'none', body: T): T {
    this.metrics.latestReads.inc({ source });
    return body;
  }

  /** Without the cache every answer is still right, only slower. */
  private async tolerant<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.log.warn({ error }, 'the cache failed');
      return undefined;
    }
  }
}

const key = (topicId: number): string => `gateway:latest-inference:${topicId}`;
