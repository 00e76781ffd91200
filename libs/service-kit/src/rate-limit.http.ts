import { RefusalError } from '@allora/contracts/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RateLimits } from './rate-limits';
import type { Standing } from './rate-limit';

/** Asked by whoever looks after the process, often, and from anywhere. */
const isExempt = (route: string | undefined): boolean =>
  route !== undefined && (route === '/metrics' || route.startsWith('/health/'));

/** Admits a request or throws the refusal; either way the answer says how its address stands. */
export async function admitRequest(
  limits: RateLimits,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (isExempt(request.routeOptions.url)) return;
  const standing = await limits.takeForAddress(request.ip);
  if (standing) tellStanding(reply, standing);
}

/** Retry-After and, of a limit, its standing. */
export function tellRetry(reply: FastifyReply, { code, facts }: RefusalError): void {
  const { retryAfterSeconds } = facts;
  if (typeof retryAfterSeconds !== 'number') return;
  reply.header('retry-after', Math.ceil(retryAfterSeconds));
  if (code !== 'RATE_LIMITED' || typeof facts.policy !== 'string') return;
  tellStanding(reply, {
    ...(facts as unknown as Omit<Standing, 'resetSeconds'>),
    resetSeconds: retryAfterSeconds,
  });
}

/** The structured fields of draft-ietf-httpapi-ratelimit-headers; several limits make a list. */
function tellStanding(reply: FastifyReply, standing: Standing): void {
  const { policy, quota, windowSeconds, remaining, resetSeconds } = standing;
  append(reply, 'ratelimit-policy', `"${policy}";q=${quota};w=${windowSeconds}`);
  append(reply, 'ratelimit', `"${policy}";r=${remaining};t=${resetSeconds}`);
}

function append(reply: FastifyReply, name: string, item: string): void {
  const given = reply.getHeader(name);
  reply.header(name, given === undefined ? item : `${String(given)}, ${item}`);
}
