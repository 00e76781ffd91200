import type { TrustThresholds } from '@allora/protocol/trust/trust';
import { Clock } from '@allora/service-kit/clock';
import { entersWorkLater, enterWork } from '@allora/service-kit/http-server';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Counter } from 'prom-client';
import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import { LatestInferences } from '../latest-inferences';
import { GatewayMetrics } from '../metrics';
import { trustThresholds } from '../trust/settings';
import { matchesEtag } from './if-none-match';
import type { Latest } from './latest';
import { type Rendered, render } from './rendered-inference';

const ROUTE = '/v1/topics/:id/inference';
const TOPIC_ID = /^[1-9]\d{0,14}$/;
/** The body tells its age in seconds. */
const RENDERED_FOR_MS = 1_000;
/** Topics whose answer is kept as bytes; as many as are asked for at a time, and no reader has to wait for the rest. */
const MAX_RENDERED = 2_000;

interface Kept extends Rendered {
  /** Answers of the same status. */
  readonly answers: Counter.Internal;
  /** By the process's own clock. */
  readonly untilMs: number;
}

/**
 * Answers for a topic's latest inference out of memory, ahead of Nest: behind the hooks of the whole server (ids, limits, keys),
 * and instead of pipes, guards and interceptors. What it does not have at hand goes on to the controller of the same path.
 */
@Injectable()
export class HotInferences implements OnApplicationBootstrap {
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
  ) {
    this.inMemory = metrics.latestReads.labels('memory');
    latest.onChange((topicId) => this.kept.delete(String(topicId)));
    this.thresholds = trustThresholds(config);
    const answer = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) =>
      this.answer(request, reply, () => enterWork(request, done));
    this.fastify = host.httpAdapter.getInstance<FastifyInstance>();
    this.fastify.addHook('onRoute', (route) => {
      if (route.url !== ROUTE || (route.method !== 'GET' && route.method !== 'HEAD')) return;
      route.config = { ...route.config, ...entersWorkLater };
      route.preHandler = [...[route.preHandler ?? []].flat(), answer];
      this.isMounted = true;
    });
  }

  onApplicationBootstrap(): void {
    if (!this.isMounted) throw new Error(`there is no GET ${ROUTE} to answer for`);
  }

  private answer(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    // An answer during a stop ends its connection: Fastify's own sending sees to that.
    if (request.raw.url?.includes('?') || !this.fastify.server.listening) return done();
    const { id } = request.params as { id: string };
    const kept = this.kept.get(id);
    if (kept && performance.now() < kept.untilMs) {
      this.inMemory.inc();
      kept.answers.inc();
      return send(request, reply, kept);
    }
    if (!TOPIC_ID.test(id)) return done();
    void this.latest.read(Number(id)).then(
      (found) => {
        if (!found) return done();
        const kept = this.keep(id, found);
        kept.answers.inc();
        send(request, reply, kept);
      },
      // The controller meets the same trouble, and knows how to tell it.
      () => done(),
    );
  }

  private keep(id: string, latest: Latest): Kept {
    const kept = this.kept.get(id);
    if (kept && performance.now() < kept.untilMs) return kept;
    const nowMs = this.clock.nowMs();
    const lastsMs = Math.min(RENDERED_FOR_MS - (nowMs % RENDERED_FOR_MS), this.config.latestInferenceTtlMs);
    const rendered = render(latest, { nowMs, thresholds: this.thresholds });
    const fresh = {
      ...rendered,
      answers: this.metrics.answers.labels(rendered.status),
      untilMs: performance.now() + lastsMs,
    };
    this.kept.delete(id);
    this.kept.set(id, fresh);
    if (this.kept.size > MAX_RENDERED) this.kept.delete(this.kept.keys().next().value ?? id);
    return fresh;
  }
}

/**
 * Past Fastify's own sending, which costs as much again as everything before it. What hooks have put on the reply goes out with
 * it, and the hooks behind an answer are run as always.
 */
function send(request: FastifyRequest, reply: FastifyReply, { headers, etag, body }: Rendered): void {
  const given = request.headers['if-none-match'];
  if (given !== undefined && matchesEtag(given, etag)) {
    reply.headers({ etag, 'cache-control': headers['cache-control'] });
    return void reply.code(304).send();
  }
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, Object.assign(reply.getHeaders() as OutgoingHttpHeaders, headers));
  raw.end(body);
}
