import { rotationBody } from '@allora/public-api/routes/keys';
import { RefusalError } from '@allora/contracts/errors';
import { Clock } from '@allora/service-kit/clock';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ApiKeys } from './api-keys';
import { ApiKeysStore } from './api-keys.store';
import { AuditStore } from './audit.store';
import { authorOf } from './author';
import { auditQuery, keyOrder, keyPath, keysQuery, revocationBody } from './requests';

type KeyPath = z.output<typeof keyPath>;

/** Keys as operators see them. That it is one who asks is seen to before anything below `/operations`. */
@Controller('operations')
export class OperationsKeysHttp {
  constructor(
    private readonly keys: ApiKeys,
    private readonly store: ApiKeysStore,
    private readonly audit: AuditStore,
    private readonly clock: Clock,
  ) {}

  @Post('api-keys')
  async create(
    @Req() request: FastifyRequest,
    @Body(new ZodPipe(keyOrder)) order: z.output<typeof keyOrder>,
  ) {
    if (order.expiresAt !== null && order.expiresAt.getTime() <= this.clock.nowMs())
      throw new RefusalError('MALFORMED', 'expiresAt: expected a time to come');
    return this.keys.create(order, authorOf(request));
  }

  @Get('api-keys')
  async list(@Query(new ZodPipe(keysQuery)) query: z.output<typeof keysQuery>) {
    const found = await this.store.list({ ...query, limit: query.limit + 1 });
    const shown = found.slice(0, query.limit);
    const next = found.length > query.limit ? (shown.at(-1)?.id ?? null) : null;
    return { apiKeys: shown.map((key) => this.keys.view(key)), next };
  }

  @Get('api-keys/:id')
  get(@Param(new ZodPipe(keyPath)) { id }: KeyPath) {
    return this.keys.get(id);
  }

  @Post('api-keys/:id/rotation')
  rotate(
    @Req() request: FastifyRequest,
    @Param(new ZodPipe(keyPath)) { id }: KeyPath,
    @Body(new ZodPipe(rotationBody.prefault({}))) { overlapSeconds }: z.output<typeof rotationBody>,
  ) {
    return this.keys.rotate(id, overlapSeconds, authorOf(request));
  }

  @Post('api-keys/:id/revocation')
  @HttpCode(200)
  revoke(
    @Req() request: FastifyRequest,
    @Param(new ZodPipe(keyPath)) { id }: KeyPath,
    @Body(new ZodPipe(revocationBody.prefault({}))) { lineage }: z.output<typeof revocationBody>,
  ) {
    return this.keys.revoke(id, lineage, authorOf(request));
  }

  @Get('audit-log')
  async deeds(@Query(new ZodPipe(auditQuery)) query: z.output<typeof auditQuery>) {
    const entries = await this.audit.list(query);
    return { entries, next: entries.length === query.limit ? (entries.at(-1)?.id ?? null) : null };
  }
}
