import { RefusalError } from '@allora/contracts/errors';
import { inferenceQuery, priceQuery, topicsPageQuery } from '@allora/public-api/routes/compat';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Header, Inject, Param, Query, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import { envelope } from './compat-envelope';
import { CompatInferences } from './compat-inferences';
import { CompatKeyGuard } from './compat-key.guard';
import { pageOf, pageToken } from './page-token';
import { topicBody } from './topic-body';
import { TopicTotalsStore } from './topic-totals.store';

const JSON_TYPE = 'application/json; charset=utf-8';

/** The paths of the existing client libraries, with the version that their base address ends in and without it. */
@Controller(['v2/allora', 'allora'])
@UseGuards(CompatKeyGuard)
export class CompatHttp {
  private readonly chains: ReadonlySet<string>;

  constructor(
    @Inject(GATEWAY_CONFIG) { chainId, compatChains }: GatewayConfig,
    private readonly totals: TopicTotalsStore,
    private readonly inferences: CompatInferences,
  ) {
    this.chains = new Set([chainId, ...compatChains]);
  }

  @Get(':chain/topics')
  @Header('content-type', JSON_TYPE)
  async topics(
    @Req() request: FastifyRequest,
    @Param('chain') chain: string,
    @Query(new ZodPipe(topicsPageQuery)) query: z.output<typeof topicsPageQuery>,
  ) {
    if (!this.chains.has(chain))
      throw new RefusalError(
        'NOT_FOUND',
        `chain "${chain}" is not served here; ${[...this.chains].join(', ')} are`,
      );
    return envelope(request, JSON.stringify(await this.page(query)));
  }

  @Get('consumer/price/:format/:asset/:timeframe')
  @Header('content-type', JSON_TYPE)
  async price(
    @Req() request: FastifyRequest,
    @Param('format') format: string,
    @Param('asset') asset: string,
    @Param('timeframe') timeframe: string,
    @Query(new ZodPipe(priceQuery)) { inference_value_type }: z.output<typeof priceQuery>,
  ) {
    return envelope(request, await this.inferences.ofPrice(asset, timeframe, format, inference_value_type));
  }

  @Get('consumer/:format')
  @Header('content-type', JSON_TYPE)
  async inference(
    @Req() request: FastifyRequest,
    @Param('format') format: string,
    @Query(new ZodPipe(inferenceQuery)) query: z.output<typeof inferenceQuery>,
  ) {
    const { allora_topic_id, inference_value_type } = query;
    return envelope(request, await this.inferences.ofTopic(allora_topic_id, format, inference_value_type));
  }

  /** Of prices themselves there is no record here, and the network's own inferences are no stand-in to train models on. */
  @Get(['market-data/ohlc', 'market-data/ohlc/buckets/by-month'])
  marketData(): never {
    throw new RefusalError(
      'NOT_FOUND',
      'this network keeps no market data; how the inferences of a topic moved is at /v1/topics/{id}/bars',
    );
  }

  private async page({ continuation_token: token, limit }: z.output<typeof topicsPageQuery>) {
    const asked = token === undefined ? { after: 0, limit: undefined } : pageOf(token);
    const size = limit ?? asked.limit;
    const found = await this.totals.list({
      after: asked.after,
      limit: size === undefined ? undefined : size + 1,
    });
    const shown = found.slice(0, size);
    const last = shown.at(-1);
    const more = size !== undefined && last !== undefined && found.length > size;
    return {
      topics: shown.map(({ topic, total }) => topicBody(topic, total)),
      continuation_token: more ? pageToken({ after: last.topic.id, limit: size }) : null,
    };
  }
}
