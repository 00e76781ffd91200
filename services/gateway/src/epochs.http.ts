import { RefusalError } from '@allora/contracts/errors';
import { getEpoch, listEpochs } from '@allora/public-api/routes/epochs';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Param, Query, Res, UseInterceptors } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { cacheFor, ConditionalAnswers } from './conditional.interceptor';
import { epochView, isSettled, knownKinds } from './epoch-view';
import { EpochWaits } from './epoch-waits';
import { FactsStore } from './facts.store';
import { KnownTopics } from './known-topics';
import { furthestKind } from './proto';

@Controller('v1/topics')
@UseInterceptors(ConditionalAnswers)
export class EpochsHttp {
  constructor(
    private readonly known: KnownTopics,
    private readonly facts: FactsStore,
    private readonly waits: EpochWaits,
  ) {}

  @Get(':id/epochs')
  async epochs(
    @Param(new ZodPipe(listEpochs.params)) { id: topicId }: z.output<typeof listEpochs.params>,
    @Query(new ZodPipe(listEpochs.query)) query: z.output<typeof listEpochs.query>,
  ) {
    const epochs = await this.facts.epochs(topicId, query);
    if (epochs.length === 0) await this.known.require(topicId);
    return { topicId, epochs: epochs.map(({ nonce, kinds }) => ({ nonce, status: furthestKind(kinds) })) };
  }

  @Get(':id/epochs/:nonce')
  async epoch(
    @Param(new ZodPipe(getEpoch.params)) { id: topicId, nonce }: z.output<typeof getEpoch.params>,
    @Query(new ZodPipe(getEpoch.query)) { waitFor, timeoutMs }: z.output<typeof getEpoch.query>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const look = () => this.facts.epoch(topicId, nonce);
    const first = await look();
    if (knownKinds(first).length === 0) await this.known.require(topicId);
    const facts =
      waitFor === undefined || first[waitFor]
        ? first
        : await this.waits.until({
            topicId,
            nonce,
            timeoutMs,
            look,
            satisfied: (seen) => seen[waitFor] !== undefined,
          });
    if (knownKinds(facts).length === 0) {
      throw new RefusalError('UNKNOWN_EPOCH', `topic ${topicId} has no epoch ${nonce}`, { topicId, nonce });
    }
    reply.header('cache-control', cacheFor(isSettled(facts)));
    return epochView(topicId, nonce, facts);
  }
}
