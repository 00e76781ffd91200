import { RefusalError } from '@allora/contracts/errors';
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { KeyRuleConfig, KeyScope } from './caller';
import { apiKeyHeader, requireScope, type Admission, type Callers } from './callers';
import { sendProblem } from './problem.filter';
import type { QuickDoor } from './quick-reads';
import type { Standing } from './rate-limit';
import { refusalOf } from './refusal';

/** Asked by whoever looks after the process, often, and from anywhere. */
export const isExempt = (route: string | undefined): boolean =>
  route !== undefined && (route === '/metrics' || route.startsWith('/health/'));

/**
 * Counts every request and says in its answer how the caller stands. Without a promise as long as points are leased: this is in
 * the way of every read.
 */
export function admissionHook(
  callers: Callers,
  countsAddresses: boolean,
  quickDoor?: QuickDoor,
): onRequestHookHandler {
  return (request, reply, done) => {
    const given = request.headers[apiKeyHeader];
    const token = typeof given === 'string' ? given : undefined;
    const { url, config } = request.routeOptions;
    const { keyRule } = config as KeyRuleConfig;
    if (isExempt(url) || (token === undefined && !countsAddresses && !keyRule)) return done();
    const scope = keyRule ? keyRule.scope : isRead(request) ? 'read' : undefined;
    const settle = (admission: Admission) => {
      request.apiKey = admission.apiKey;
      tellStandings(request, reply, admission.standings);
      checkScope(admission, scope, keyRule?.required ?? false);
      done();
    };
    const refuse = (error: unknown) => sendProblem(reply, refusalOf(error), request.id);
    try {
      const admission = quickDoor?.admissionOf(request.raw) ?? callers.admit(request.ip, token);
      if (admission instanceof Promise) admission.then(settle).catch(refuse);
      else settle(admission);
    } catch (error) {
      refuse(error);
    }
  };
}

function checkScope({ apiKey }: Admission, scope: KeyScope | undefined, required: boolean): void {
  if (required && !apiKey)
    throw new RefusalError('UNKNOWN_API_KEY', `${apiKeyHeader}: is missing, or one that everyone has`);
  if (scope !== undefined) requireScope(apiKey, scope);
}

const isRead = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD';

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

/** First of all that tell a standing, and in the way of every read: no header is looked up. */
function tellStandings(request: FastifyRequest, reply: FastifyReply, standings: readonly Standing[]): void {
  request.standings = standings;
  const headers = standingHeaders(standings);
  for (let i = 0; i < headers.length; i += 2) reply.header(headers[i]!, headers[i + 1]);
}

/** How the caller stands, in pairs of a header's name and its value. */
export function standingHeaders(standings: readonly Standing[]): readonly string[] {
  if (standings.length === 0) return [];
  const policies = standings.map(policyText).join(', ');
  return ['ratelimit-policy', policies, 'ratelimit', standings.map(standingText).join(', ')];
}

/** The structured fields of draft-ietf-httpapi-ratelimit-headers; several limits make a list. */
function tellStanding(reply: FastifyReply, standing: Standing): void {
  append(reply, 'ratelimit-policy', policyText(standing));
  append(reply, 'ratelimit', standingText(standing));
}

const policyText = ({ policy, quota, windowSeconds }: Standing): string =>
  `"${policy}";q=${quota};w=${windowSeconds}`;

const standingText = ({ policy, remaining, resetSeconds }: Standing): string =>
  `"${policy}";r=${remaining};t=${resetSeconds}`;

function append(reply: FastifyReply, name: string, item: string): void {
  const given = reply.getHeader(name);
  reply.header(name, given === undefined ? item : `${String(given)}, ${item}`);
}
