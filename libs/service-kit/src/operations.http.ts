import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { RefusalError } from '@allora/contracts/errors';
import type {
  FastifyInstance,
  FastifyRequest,
  onRequestAsyncHookHandler,
  onRequestHookHandler,
} from 'fastify';
import type { Operators } from './operators';
import { sendProblem } from './problem.filter';
import { refusalOf } from './refusal';
import { notCached } from './security-headers';

/** Whether a route is for operators: by its pattern, so that no way of writing the path gets around it. */
export const isForOperators = (route: string | undefined): boolean =>
  route !== undefined && /^\/operations(\/|$)/.test(route);

/** Before everything that a route below `/operations` does, whoever wrote it. */
export function operatorHook(operators: Operators): onRequestAsyncHookHandler {
  return async (request, reply) => {
    reply.headers(notCached);
    try {
      request.operator = await operators.identify(request.headers.authorization);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.code === 'NOT_AUTHORIZED') reply.header('www-authenticate', 'Bearer');
      sendProblem(reply, refusal, request.id);
      return reply;
    }
  };
}

/** Answered at either port: whoever looks after the process comes where it is let in. */
const isForBoth = (route: string | undefined): boolean =>
  route !== undefined && (route === '/metrics' || route.startsWith('/health/'));

/**
 * A second door to the same routes. What is for operators is answered here and nowhere else, and what is for everyone else is not:
 * the public port can be published without a thought to what must not be.
 */
export class OperationsPort {
  private readonly arrivals = new WeakSet<IncomingMessage>();
  private server: Server | undefined;

  /** Keeps the two doors apart; to be put before everything that works for a request. */
  readonly hook: onRequestHookHandler = (request, reply, done) => {
    const { url } = request.routeOptions;
    if (isForBoth(url) || isForOperators(url) === this.arrivals.has(request.raw)) return done();
    sendProblem(reply, notHere(request), request.id);
  };

  /** The server shares the limits of the public one. */
  async listen(fastify: FastifyInstance, port: number, host: string): Promise<void> {
    const { requestTimeout, keepAliveTimeout } = fastify.server;
    const headersTimeout = Math.min(fastify.server.headersTimeout, requestTimeout);
    const server = createServer({ requestTimeout, headersTimeout, keepAliveTimeout }, (request, response) => {
      this.arrivals.add(request);
      if (!server.listening) response.setHeader('connection', 'close');
      fastify.routing(request, response);
    });
    server.listen(port, host);
    await once(server, 'listening');
    this.server = server;
  }

  get url(): string | undefined {
    const address = this.server?.address();
    if (!address || typeof address === 'string') return undefined;
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `http://${host === '0.0.0.0' || host === '[::]' ? '127.0.0.1' : host}:${address.port}`;
  }

  async close(graceMs: number): Promise<void> {
    const { server } = this;
    if (!server?.listening) return;
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await closed;
    clearTimeout(timer);
  }
}

/** The very words of a path that nobody serves. */
const notHere = ({ method, url }: FastifyRequest): RefusalError =>
  new RefusalError('NOT_FOUND', `Cannot ${method} ${url}`);
