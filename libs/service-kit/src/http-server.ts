import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { RefusalError } from '@allora/contracts/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { auditHttp, changesState } from './audit';
import { Callers } from './callers';
import type { CommonConfig } from './common-config';
import { corsHook } from './cors';
import { type Durations, durationsOf } from './durations';
import type { Log } from './log';
import type { RequestMetrics } from './metrics';
import { isForOperators, operatorHook, type OperationsPort } from './operations.http';
import type { Operators } from './operators';
import { sendProblem } from './problem.filter';
import type { QuickDoor } from './quick-reads';
import { admissionHook, isExempt } from './rate-limit.http';
import type { RateLimits } from './rate-limits';
import { acceptRequestId, requestIdHeader } from './request-id';
import { securityHeaders } from './security-headers';
import { traceParentHeader } from './tracing/trace-parent';
import { Tracing } from './tracing/tracing';
import { within } from './work';

/** Time for a caller to send a whole request: one that trickles its bytes does not hold a connection for ever. */
const requestTimeoutMs = 30_000;

/** No shorter than all that Node takes of a request's head. */
const maxParamLength = 16_384;

/** For Nest's `@RouteConfig`: the route takes many commands in one body, up to `httpBulkBodyLimitBytes`. */
export const bulkRoute = { takesBulk: true } as const;

interface HttpServerOptions {
  readonly config: Pick<CommonConfig, 'httpBodyLimitBytes' | 'httpBulkBodyLimitBytes'> &
    Partial<Pick<CommonConfig, 'trustProxy' | 'corsOrigins' | 'auditLog'>>;
  readonly limits?: RateLimits;
  /** Counts by address alone unless told. */
  readonly callers?: Callers;
  readonly operators?: Operators;
  readonly operationsPort?: OperationsPort | undefined;
  readonly quickDoor?: QuickDoor;
  readonly tracing?: Tracing;
  readonly log: Log;
  readonly metrics: Pick<RequestMetrics, 'http' | 'refused'>;
  /** Of `metrics.http`, where others observe them too. */
  readonly durations?: Durations;
}

/** Fastify with request ids, access metrics and limits; Nest mounts its controllers on it. */
export function createHttpAdapter(options: HttpServerOptions): FastifyAdapter {
  const { config } = options;
  const adapter = new FastifyAdapter({
    bodyLimit: config.httpBodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    // What comes on an open connection during a stop is answered like anything else, and ends the connection.
    return503OnClosing: false,
    trustProxy: config.trustProxy?.length ? [...config.trustProxy] : false,
    // Node bounds an address as a whole: a long part of it is refused by its route, in that route's own form.
    routerOptions: { maxParamLength },
    ...(options.quickDoor ? { serverFactory: behind(options.quickDoor) } : {}),
    // Addresses that do not even parse never reach Nest's filter.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(openAnswer(reply, request), new RefusalError('MALFORMED', error.message), request.id),
    genReqId: (request: IncomingMessage) => acceptRequestId(request.headers[requestIdHeader]),
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  // Commands are JSON; plain text is what a page can send across sites without being asked.
  fastify.removeContentTypeParser('text/plain');
  fastify.addHook('onRoute', (route) => {
    const { takesBulk } = Object(route.config) as Partial<typeof bulkRoute>;
    if (takesBulk) route.bodyLimit = config.httpBulkBodyLimitBytes;
  });
  addDoor(fastify, options);
  addWitness(fastify, options);
  return adapter;
}

/** Fastify's own server as it makes it, with a door before it. */
const behind =
  (door: QuickDoor) =>
  (handle: RequestListener, { keepAliveTimeout }: Partial<Server>): Server => {
    const server = createServer(
      { keepAliveTimeout, requestTimeout: requestTimeoutMs },
      (request, response) => {
        if (!door.answers(request, response, server)) handle(request, response);
      },
    );
    return server;
  };

/** What every answer has, whatever becomes of its request. */
const openAnswer = (reply: FastifyReply, { id }: FastifyRequest): FastifyReply =>
  reply.header(requestIdHeader, id).headers(securityHeaders);

/** What a request meets before its handler, in this order. Each step is cheap, and none makes a promise unless it has to wait. */
function addDoor(fastify: FastifyInstance, options: HttpServerOptions): void {
  const { config, limits, callers, operators, operationsPort, quickDoor, tracing = Tracing.off } = options;
  fastify.decorateRequest('apiKey', undefined);
  fastify.decorateRequest('operator', undefined);
  fastify.decorateRequest('refusedWith', undefined);
  fastify.decorateRequest('standings', undefined);
  fastify.decorateRequest('span', undefined);
  fastify.addHook('onRequest', (request, reply, done) => {
    openAnswer(reply, request);
    request.span = spanOfRequest(tracing, request);
    within({ requestId: request.id, span: request.span }, done);
  });
  if (operationsPort) fastify.addHook('onRequest', operationsPort.hook);
  const cors = corsHook(config.corsOrigins ?? []);
  if (cors) fastify.addHook('onRequest', cors);
  if (limits)
    fastify.addHook(
      'onRequest',
      admissionHook(callers ?? new Callers(limits), limits.countsAddresses, quickDoor),
    );
  fastify.addHook('onRoute', (route) => {
    if (operators && isForOperators(route.url))
      route.onRequest = [operatorHook(operators), ...[route.onRequest ?? []].flat()];
  });
}

function spanOfRequest(tracing: Tracing, { method, headers, routeOptions: { url } }: FastifyRequest) {
  if (!tracing.isOn) return undefined;
  const given = headers[traceParentHeader];
  const caller = typeof given === 'string' ? given : undefined;
  return tracing.request(`${method} ${url ?? 'unmatched'}`, caller, isExempt(url));
}

/** What is noted of a request when it is answered. */
function addWitness(fastify: FastifyInstance, options: HttpServerOptions): void {
  const { config, log, metrics, durations = durationsOf(metrics.http) } = options;
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    // Answers given during a stop end their connection: one kept alive would keep the stop waiting.
    if (!fastify.server.listening) reply.header('connection', 'close');
    done(null, payload);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    // The pattern, not the path: ids in labels would make a time series each.
    const route = request.routeOptions.url ?? 'unmatched';
    const { method } = request;
    const status = reply.statusCode;
    durations(method, route, status).observe(reply.elapsedTime / 1000);
    const facts = { 'http.request.method': method, 'http.route': route, 'http.response.status_code': status };
    request.span?.end(facts, status >= 500 ? (request.refusedWith ?? String(status)) : undefined);
    if (request.refusedWith) metrics.refused.inc({ code: request.refusedWith });
    if (log.tellsDebug) {
      const facts = { requestId: request.id, method, route, status, durationMs: reply.elapsedTime };
      log.debug(facts, 'http request');
    }
    if (config.auditLog === 'on' && changesState(method)) auditHttp(log, request, reply);
    done();
  });
}

/** Ends intake and waits for the answers under way; what is still open after the time is cut off. */
export async function closeHttp(
  adapter: FastifyAdapter,
  graceMs: number,
  operationsPort?: OperationsPort,
): Promise<void> {
  const fastify = adapter.getInstance<FastifyInstance>();
  const timer = setTimeout(() => fastify.server.closeAllConnections(), graceMs);
  await Promise.all([fastify.close(), operationsPort?.close(graceMs)]);
  clearTimeout(timer);
}

export function reachableUrl(adapter: FastifyAdapter): string {
  const address = adapter.getInstance<FastifyInstance>().server.address();
  if (address === null || typeof address === 'string') throw new Error('HTTP does not listen on a port');
  const anyHost = address.address === '0.0.0.0' || address.address === '::';
  const host = anyHost ? '127.0.0.1' : address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
