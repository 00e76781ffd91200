import { RefusalError } from '@allora/contracts/errors';
import { sendProblem } from '@allora/service-kit/problem.filter';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/** Around data that is JSON text already. */
export const envelope = ({ id }: FastifyRequest, data: string): string =>
  `{"request_id":${JSON.stringify(id)},"status":true,"data":${data}}`;

const problemShape = z.object({ code: z.string(), detail: z.string() });

const isCompat = ({ url }: FastifyRequest): boolean => /^\/(v2|allora)(?=[/?]|$)/.test(url);

/**
 * Whatever fails under these paths, in a handler or before one is found, is told in the envelope of the client libraries. One of
 * them parses a body before it looks at the status, so there is no answer without JSON.
 */
@Injectable()
export class CompatEnvelope {
  constructor({ httpAdapter }: HttpAdapterHost) {
    const fastify = httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', (request, reply, done) => {
      if (!isCompat(request) || request.method === 'GET' || request.method === 'HEAD') return done();
      reply.header('allow', 'GET, HEAD');
      sendProblem(reply, new RefusalError('METHOD_NOT_ALLOWED', 'these paths are only read'), request.id);
    });
    fastify.addHook('onSend', (request, reply, payload, done) => {
      done(null, isCompat(request) && isProblem(reply) ? refused(request, reply, payload) : payload);
    });
  }
}

const isProblem = (reply: FastifyReply): boolean =>
  String(reply.getHeader('content-type')).startsWith('application/problem+json');

function refused(request: FastifyRequest, reply: FastifyReply, problem: unknown): string {
  const { code, detail } = problemShape.parse(JSON.parse(String(problem)));
  reply.header('content-type', 'application/json; charset=utf-8');
  return JSON.stringify({
    request_id: request.id,
    status: false,
    apiResponseMessage: detail,
    code,
    data: null,
  });
}
