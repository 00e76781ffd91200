import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from './log';

const readMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export const changesState = (method: string): boolean => !readMethods.has(method);

/** Signed commands name their account by its public key. Whether it proved to be theirs is what the outcome says. */
function signerOf(body: unknown): string | undefined {
  const { publicKey } = Object(body) as { publicKey?: unknown };
  return typeof publicKey === 'string' && /^[0-9a-f]{66}$/.test(publicKey) ? publicKey : undefined;
}

/** One line for each request that changes something, or was refused to: who, what, and how it ended. Never what it carried. */
export function auditHttp(log: Log, request: FastifyRequest, reply: FastifyReply): void {
  const { method, apiKey, operator, refusedWith, id: requestId, ip: address, body } = request;
  const what = `${method} ${request.routeOptions.url ?? 'unmatched'}`;
  const who = { apiKeyId: apiKey?.id, operator: operator?.name, signer: signerOf(body), address };
  log.info({ audit: { what, who, status: reply.statusCode, refusedWith, requestId } }, 'audit');
}

/** Calls that only tell something begin with one of these; whatever else there is changes something. */
const read = /\.(Get|List|Stream|Watch|Check|Find|ServerReflection)\w*$/;

export interface AuditedCall {
  /** Such as `TopicCoordinator.GetTopic`. */
  readonly method: string;
  readonly code: string;
  readonly requestId: string;
  readonly peer: string;
  readonly apiKeyId?: string | undefined;
}

export function auditGrpc(log: Log, { method, code, requestId, peer, apiKeyId }: AuditedCall): void {
  if (read.test(method)) return;
  const who = { apiKeyId, address: peer };
  log.info({ audit: { what: method, who, status: code, requestId } }, 'audit');
}
