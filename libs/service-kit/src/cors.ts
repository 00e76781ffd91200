import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';

const allowedHeaders =
  'authorization, content-type, x-api-key, x-request-id, idempotency-key, if-none-match, last-event-id';
const shownHeaders =
  'x-request-id, ratelimit, ratelimit-policy, retry-after, etag, age, location, deprecation, sunset, link';
const maxAgeSeconds = '600';

/** The answer differs by who asks, unless all may: a shared cache has to know. */
export const originHeaders = (origins: readonly string[]): Readonly<Record<string, string>> =>
  origins.length === 0 || origins.includes('*') ? {} : { vary: 'origin' };

/**
 * Lets pages of the named origins read answers; of all with `*`. Cookies are never asked for, so that a page can do no more than
 * its user's key allows. Answers what browsers ask beforehand, under every path that is not for operators.
 */
export function corsHook(origins: readonly string[]): onRequestHookHandler | undefined {
  if (origins.length === 0) return undefined;
  const allowed = new Set(origins);
  const forAll = allowed.has('*');
  const always = originHeaders(origins);
  return (request, reply, done) => {
    if (isForOperators(request)) return done();
    reply.headers(always);
    const { origin } = request.headers;
    if (origin === undefined || !(forAll || allowed.has(origin))) return done();
    reply.header('access-control-allow-origin', forAll ? '*' : origin);
    reply.header('cross-origin-resource-policy', 'cross-origin');
    if (isPreflight(request)) answerPreflight(reply);
    else {
      reply.header('access-control-expose-headers', shownHeaders);
      done();
    }
  };
}

const isForOperators = (request: FastifyRequest): boolean => /^\/+operations(?=[/?]|$)/i.test(request.url);

const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;

function answerPreflight(reply: FastifyReply): void {
  reply
    .status(204)
    .header('access-control-allow-methods', 'GET, HEAD, POST, PATCH, DELETE')
    .header('access-control-allow-headers', allowedHeaders)
    .header('access-control-max-age', maxAgeSeconds)
    .send();
}
