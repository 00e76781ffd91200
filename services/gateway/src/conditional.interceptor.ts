import { matchesEtag } from '@allora/service-kit/if-none-match';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hash } from 'node:crypto';
import { map, type Observable } from 'rxjs';

/** Of what changes with the next event. */
export const BRIEFLY = 'public, max-age=2, stale-while-revalidate=10';
/** Of an epoch that is paid: nothing of it changes any more. */
export const FOR_GOOD = 'public, max-age=31536000, immutable';

export const cacheFor = (settled: boolean): string => (settled ? FOR_GOOD : BRIEFLY);

/** Gives answers a tag and a time to live, unless the handler has; 304 to whoever has the answer already. */
@Injectable()
export class ConditionalAnswers implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<string | undefined> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next
      .handle()
      .pipe(map((answer: unknown) => conditionally(request, reply, JSON.stringify(answer))));
  }
}

function conditionally(request: FastifyRequest, reply: FastifyReply, body: string): string | undefined {
  const given = request.headers['if-none-match'];
  if (!reply.hasHeader('etag')) reply.header('etag', `W/"${hash('sha1', body, 'base64url')}"`);
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', BRIEFLY);
  if (given !== undefined && matchesEtag(given, String(reply.getHeader('etag')))) {
    reply.status(304);
    return undefined;
  }
  reply.header('content-type', 'application/json; charset=utf-8');
  return body;
}
