import type { IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { RefusalError } from '@allora/contracts/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CommonConfig } from './common-config';
import type { Log } from './log';
import type { RequestMetrics } from './metrics';
import { sendProblem } from './problem.filter';
import { admitRequest } from './rate-limit.http';
import type { RateLimits } from './rate-limits';
import { refusalOf } from './refusal';
import { acceptRequestId, requestIdHeader } from './request-id';

/** Time for a caller to send a whole request: one that trickles its bytes does not hold a connection for ever. */
const requestTimeoutMs = 30_000;

/** For Nest's `@RouteConfig`: the route takes many commands in one body, up to `httpBulkBodyLimitBytes`. */
export const bulkRoute = { takesBulk: true } as const;

interface HttpServerOptions {
  readonly config: Pick<CommonConfig, 'httpBodyLimitBytes' | 'httpBulkBodyLimitBytes'> &
    Partial<Pick<CommonConfig, 'trustProxy'>>;
  readonly limits?: RateLimits;
  readonly log: Log;
  readonly metrics: Pick<RequestMetrics, 'http'>;
}

/** Fastify with request ids, access metrics and limits; Nest mounts its controllers on it. */
export function createHttpAdapter({ config, limits, log, metrics }: HttpServerOptions): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: config.httpBodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    // What comes on an open connection during a stop is answered like anything else, and ends the connection.
    return503OnClosing: false,
    trustProxy: config.trustProxy?.length ? [...config.trustProxy] : false,
    // Addresses that do not even parse never reach Nest's filter.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, new RefusalError('MALFORMED', error.message), request.id),
    genReqId: (request: IncomingMessage) => acceptRequestId(request.headers[requestIdHeader]),
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  // Commands are JSON; plain text is what a page can send across sites without being asked.
  fastify.removeContentTypeParser('text/plain');
  fastify.addHook('onRoute', (route) => {
    const { takesBulk } = Object(route.config) as Partial<typeof bulkRoute>;
    if (takesBulk) route.bodyLimit = config.httpBulkBodyLimitBytes;
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header(requestIdHeader, request.id);
    done();
  });
  if (limits?.countsAddresses) {
    fastify.addHook('onRequest', async (request, reply) => {
      try {
        await admitRequest(limits, request, reply);
      } catch (error) {
        sendProblem(reply, refusalOf(error), request.id);
        return reply;
      }
    });
  }
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
    metrics.http.observe({ method, route, status }, reply.elapsedTime / 1000);
    log.debug(
      { requestId: request.id, method, route, status, durationMs: reply.elapsedTime },
      'http request',
    );
    done();
  });
  return adapter;
}

/** Ends intake and waits for the answers under way; what is still open after the time is cut off. */
export async function closeHttp(adapter: FastifyAdapter, graceMs: number): Promise<void> {
  const fastify = adapter.getInstance<FastifyInstance>();
  const timer = setTimeout(() => fastify.server.closeAllConnections(), graceMs);
  await fastify.close();
  clearTimeout(timer);
}

export function reachableUrl(adapter: FastifyAdapter): string {
  const address = adapter.getInstance<FastifyInstance>().server.address();
  if (address === null || typeof address === 'string') throw new Error('HTTP does not listen on a port');
  const anyHost = address.address === '0.0.0.0' || address.address === '::';
  const host = anyHost ? '127.0.0.1' : address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
