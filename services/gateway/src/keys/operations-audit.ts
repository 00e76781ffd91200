import { changesState } from '@allora/service-kit/audit';
import { Log } from '@allora/service-kit/log';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AuditStore } from './audit.store';
import { authorOf } from './author';

/** What an operator has had changed in this process beside keys, such as dead letters tried again, and what was refused to one. */
@Injectable()
export class OperationsAudit {
  constructor({ httpAdapter }: HttpAdapterHost, store: AuditStore, log: Log) {
    const fastify = httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onResponse', (request, reply, done) => {
      done();
      if (!request.operator || !changesState(request.method) || reply.statusCode === 404) return;
      const { url = '' } = request.routeOptions;
      // A change of a key is told with the change, in its transaction.
      if (url.startsWith('/operations/api-keys') && reply.statusCode < 400) return;
      const facts = { status: reply.statusCode, code: request.refusedWith ?? null };
      store
        .add({ ...authorOf(request), action: `${request.method} ${url}`, subject: request.url, facts })
        .catch((error: unknown) =>
          log.error({ error, requestId: request.id }, 'a deed is not in the audit log'),
        );
    });
  }
}
