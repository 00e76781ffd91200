import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { errorRules, RefusalError, type ErrorCode } from '@allora/contracts/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from './log';
import { tellRetry } from './rate-limit.http';
import { factsToJson, problemOf, refusalOf } from './refusal';

const defaultRetryAfterSeconds = 1;

/** Every failure of an HTTP request as application/problem+json; unexpected ones are logged and told without their reason. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const refusal = toRefusal(error);
    if (refusal !== error && errorRules[refusal.code].status >= 500) {
      this.log.error(
        { error, requestId: request.id, method: request.method, url: pathOf(request) },
        'request failed',
      );
    }
    if (!reply.sent) sendProblem(reply, refusal, request.id);
  }
}

export function sendProblem(reply: FastifyReply, refusal: RefusalError, requestId: string): void {
  const problem = problemOf(refusal, requestId);
  reply.request.refusedWith = refusal.code;
  if (problem.code === 'UNAVAILABLE') reply.header('retry-after', defaultRetryAfterSeconds);
  if (problem.status === 429 || problem.status === 503) tellRetry(reply, refusal);
  reply
    .status(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(factsToJson(problem));
}

/** Nest's and Fastify's own errors carry an HTTP status; only those that blame the caller are told as such. */
function toRefusal(error: unknown): RefusalError {
  const code = codeOfStatus(statusOf(error));
  return code === undefined ? refusalOf(error) : new RefusalError(code, (error as Error).message);
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const { code, statusCode } = Object(error) as { code?: unknown; statusCode?: unknown };
  const isFastify = typeof code === 'string' && code.startsWith('FST_ERR_');
  return isFastify && typeof statusCode === 'number' ? statusCode : undefined;
}

function codeOfStatus(status: number | undefined): ErrorCode | undefined {
  if (status === 404) return 'NOT_FOUND';
  if (status === 413) return 'TOO_LARGE';
  return status !== undefined && status >= 400 && status < 500 ? 'MALFORMED' : undefined;
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '';
