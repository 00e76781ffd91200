import {
  getInference,
  latestInferenceRoute,
  listBars,
  listInferences,
  listWorkers,
} from '@allora/public-api/routes/inferences';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Param, Query, Res, UseInterceptors } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { cacheFor, ConditionalAnswers } from './conditional.interceptor';
import { cursorOf } from './history/cursor';
import { InferenceReads } from './inference-reads';
import { LATEST_CACHE_CONTROL } from './inference-view';
import { pick } from './pick';

@Controller('v1/topics')
@UseInterceptors(ConditionalAnswers)
export class InferencesHttp {
  constructor(private readonly reads: InferenceReads) {}

  @Get(':id/inference')
  async latest(
    @Param(new ZodPipe(latestInferenceRoute.params)) { id }: z.output<typeof latestInferenceRoute.params>,
    @Query(new ZodPipe(latestInferenceRoute.query)) query: z.output<typeof latestInferenceRoute.query>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { percentiles, fields } = query;
    const { answer, etag } = await this.reads.latest(id, { percentiles });
    reply.header('cache-control', LATEST_CACHE_CONTROL);
    // Of the whole answer: another choice of fields is another text.
    if (!fields && !percentiles) reply.header('etag', etag);
    return pick(answer, fields);
  }

  @Get(':id/history')
  async history(
    @Param(new ZodPipe(listInferences.params)) { id }: z.output<typeof listInferences.params>,
    @Query(new ZodPipe(listInferences.query)) { after, ...query }: z.output<typeof listInferences.query>,
  ) {
    return this.reads.history(id, { ...query, after: after === undefined ? undefined : cursorOf(after) });
  }

  @Get(':id/bars')
  async bars(
    @Param(new ZodPipe(listBars.params)) { id }: z.output<typeof listBars.params>,
    @Query(new ZodPipe(listBars.query)) query: z.output<typeof listBars.query>,
  ) {
    return this.reads.bars(id, query);
  }

  @Get(':id/inference/:nonce')
  async inference(
    @Param(new ZodPipe(getInference.params)) { id, nonce }: z.output<typeof getInference.params>,
    @Query(new ZodPipe(getInference.query)) query: z.output<typeof getInference.query>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { answer, settled } = await this.reads.at(id, nonce, query);
    reply.header('cache-control', cacheFor(settled));
    return pick(answer, query.fields);
  }

  @Get(':id/inference/:nonce/workers')
  async workers(
    @Param(new ZodPipe(listWorkers.params)) { id, nonce }: z.output<typeof listWorkers.params>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { answer, settled } = await this.reads.workers(id, nonce);
    reply.header('cache-control', cacheFor(settled));
    return answer;
  }
}
