import {
  inferenceRequestBody,
  listQuery,
  requestPath,
  requestQuery,
  standingQuery,
} from '@allora/public-api/routes/purchases';
import { isEnded } from '@allora/protocol/purchase/purchase';
import { keyScope } from '@allora/service-kit/caller';
import { notCached } from '@allora/service-kit/security-headers';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Body, Controller, Get, Header, Param, Post, Query, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { purchaseJson } from './purchase-view';
import { Purchases } from './purchases';
import { requestOf } from './request-form';

const forBuyers = keyScope('purchase');
const notCachedHeader = ['cache-control', notCached['cache-control']] as const;

@Controller('v1/inference-requests')
export class PurchasesHttp {
  constructor(private readonly purchases: Purchases) {}

  /** 200 when it has ended, 202 while it goes on. */
  @Post()
  @RouteConfig(forBuyers)
  async buy(
    @Body(new ZodPipe(inferenceRequestBody))
    { publicKey, signature, ...fields }: z.output<typeof inferenceRequestBody>,
    @Query(new ZodPipe(requestQuery)) { waitMs }: z.output<typeof requestQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const request = requestOf(fields);
    const signed = { payload: this.purchases.payloadOf(request), publicKey, signature };
    const patienceMs = request.purchase?.$case === 'latest' ? waitMs : 0;
    const { record, deliveries } = await this.purchases.buy(request, signed, patienceMs);
    const ended = isEnded(record.purchase);
    void reply.status(ended ? 200 : 202);
    if (!ended) void reply.header('location', `/v1/inference-requests/${record.id}`);
    return purchaseJson(record, deliveries);
  }

  @Get()
  @RouteConfig(forBuyers)
  @Header(...notCachedHeader)
  async list(@Query(new ZodPipe(listQuery)) { account, limit, cursor }: z.output<typeof listQuery>) {
    const { records, nextCursor } = await this.purchases.list(account, limit, cursor);
    return { requests: records.map((record) => purchaseJson(record, [])), nextCursor };
  }

  @Get(':id')
  @RouteConfig(forBuyers)
  @Header(...notCachedHeader)
  async get(
    @Param(new ZodPipe(requestPath)) { id }: z.output<typeof requestPath>,
    @Query(new ZodPipe(standingQuery)) query: z.output<typeof standingQuery>,
  ) {
    const { record, deliveries } = await this.purchases.get(id, query);
    return purchaseJson(record, deliveries);
  }
}
