import type { TrustThresholds } from '@allora/protocol/trust/trust';
import { Clock } from '@allora/service-kit/clock';
import { matchesEtag } from '@allora/service-kit/if-none-match';
import { type QuickAnswer, QuickDoor, type QuickReads } from '@allora/service-kit/quick-reads';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Counter } from 'prom-client';
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import { LatestInferences } from '../latest-inferences';
import { GatewayMetrics } from '../metrics';
import { trustThresholds } from '../trust/settings';
import type { Latest } from './latest';
import { type Rendered, render } from './rendered-inference';

const TOPIC_ID = /^[1-9]\d{0,14}$/;
/** The body tells its age in seconds. */
const RENDERED_FOR_MS = 1_000;
/** Topics whose answer is kept as bytes; as many as are asked for at a time, and no reader has to wait for the rest. */
const MAX_RENDERED = 2_000;

const targetOf = (topicId: string | number): string => `/v1/topics/${topicId}/inference`;

interface Kept extends Rendered {
  readonly quick: QuickAnswer;
  /** Answers of the same status. */
  readonly answers: Counter.Internal;
  /** By the process's own clock. */
  readonly untilMs: number;
}

/**
 * Answers for a topic's latest inference out of memory: at the door while the answer lies ready, else ahead of Nest and instead of
 * its pipes, guards and interceptors. What it does not have at hand goes on to the controller of the same path.
 */
@Injectable()
export class HotInferences implements OnApplicationBootstrap, QuickReads {
  readonly route = targetOf(':id');
  private readonly kept = new Map<string, Kept>();
  private readonly fastify: FastifyInstance;
  private readonly thresholds: TrustThresholds;
  private readonly inMemory: Counter.Internal;
  private isMounted = false;

  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    host: HttpAdapterHost,
    private readonly latest: LatestInferences,
    private readonly clock: Clock,
    private readonly metrics: GatewayMetrics,
    private readonly door: QuickDoor,
  ) {
    this.inMemory = metrics.latestReads.labels('memory');
    latest.onChange((topicId) => this.kept.delete(targetOf(topicId)));
    this.thresholds = trustThresholds(config);
    this.fastify = host.httpAdapter.getInstance<FastifyInstance>();
    this.fastify.addHook('onRoute', (route) => {
      if (route.url !== this.route || (route.method !== 'GET' && route.method !== 'HEAD')) return;
      route.preHandler = [...[route.preHandler ?? []].flat(), this.answer];
      this.isMounted = true;
    });
  }

  onApplicationBootstrap(): void {
    if (!this.isMounted) throw new Error(`there is no GET ${this.route} to answer for`);
    this.door.open(this);
  }

  find(target: string): QuickAnswer | undefined {
    return this.present(target)?.quick;
  }

  private readonly answer = (
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ): void => {
    if (request.raw.url?.includes('?')) return done();
    const { id } = request.params as { id: string };
    const kept = this.present(targetOf(id));
    if (kept) {
      this.inMemory.inc();
      return this.send(request, reply, kept);
    }
    if (!TOPIC_ID.test(id)) return done();
    void this.latest.read(Number(id)).then(
      (found) => (found ? this.send(request, reply, this.keep(targetOf(id), found)) : done()),
      // The controller meets the same trouble, and knows how to tell it.
      () => done(),
    );
  };

  private present(target: string): Kept | undefined {
    const kept = this.kept.get(target);
    return kept && performance.now() < kept.untilMs ? kept : undefined;
  }

  private keep(target: string, latest: Latest): Kept {
    const present = this.present(target);
    if (present) return present;
    const nowMs = this.clock.nowMs();
    const lastsMs = Math.min(RENDERED_FOR_MS - (nowMs % RENDERED_FOR_MS), this.config.latestInferenceTtlMs);
    const rendered = render(latest, { nowMs, thresholds: this.thresholds });
    const answers = this.metrics.answers.labels(rendered.status);
    const { body, etag, headers, unchangedHeaders } = rendered;
    const quick = {
      ...{ body, etag, counts: [this.inMemory, answers] },
      headers: Object.entries(headers).flat(),
      unchangedHeaders: Object.entries(unchangedHeaders).flat(),
    };
    const fresh = { ...rendered, quick, answers, untilMs: performance.now() + lastsMs };
    this.kept.delete(target);
    this.kept.set(target, fresh);
    if (this.kept.size > MAX_RENDERED) this.kept.delete(this.kept.keys().next().value ?? target);
    return fresh;
  }

  private send(request: FastifyRequest, reply: FastifyReply, kept: Kept): void {
    kept.answers.inc();
    const given = request.headers['if-none-match'];
    if (given !== undefined && matchesEtag(given, kept.etag))
      void reply.code(304).headers(kept.unchangedHeaders).send();
    else void reply.headers(kept.headers).send(kept.body);
  }
}
