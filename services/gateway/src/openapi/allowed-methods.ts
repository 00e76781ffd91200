import { RefusalError } from '@allora/contracts/errors';
import { sendProblem } from '@allora/service-kit/problem.filter';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

interface Place {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** What has an address but not for this method is 405 with Allow; only what nothing is at is 404. */
@Injectable()
export class AllowedMethods {
  private readonly places = new Map<string, Place>();

  constructor({ httpAdapter }: HttpAdapterHost) {
    const fastify = httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRoute', ({ method, url }) => this.learn(url, [method].flat()));
    fastify.addHook('onRequest', (request, reply, done) => {
      if (!request.is404) return done();
      const allowed = this.methodsAt(request);
      if (allowed.length === 0) return done();
      refuse(request, reply, allowed);
    });
  }

  private learn(url: string, methods: readonly string[]): void {
    // A wildcard is at every address, and says nothing of one; of operators' addresses nothing is told here.
    if (url.includes('*') || url.startsWith('/operations')) return;
    const place = this.places.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    for (const method of methods) place.methods.add(method);
    this.places.set(url, place);
  }

  private methodsAt({ url, method }: FastifyRequest): string[] {
    const [path = ''] = url.split('?', 1);
    const here = [...this.places.values()].filter(({ pattern }) => pattern.test(path));
    const methods = new Set(here.flatMap((place) => [...place.methods]));
    return methods.has(method) ? [] : [...methods].sort();
  }
}

const patternOf = (url: string): RegExp =>
  new RegExp(`^${url.replaceAll(/[.+?^$()[\]{}|\\]/g, '\\$&').replaceAll(/:\w+/g, '[^/]+')}$`);

function refuse(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]): void {
  reply.header('allow', allowed.join(', '));
  const detail = `${request.method} is not one of ${allowed.join(', ')}`;
  sendProblem(reply, new RefusalError('METHOD_NOT_ALLOWED', detail, { allowed }), request.id);
}
