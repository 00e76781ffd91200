import { streamEvents } from '@allora/public-api/routes/streams';
import { keyScope } from '@allora/service-kit/caller';
import { EventStreams } from '@allora/service-kit/sse';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { EventFeed } from './event-feed';
import { interestOfQuery } from './stream-requests';

@Controller('v1/stream')
export class StreamsHttp {
  constructor(
    private readonly feed: EventFeed,
    private readonly streams: EventStreams,
  ) {}

  @Get()
  @RouteConfig(keyScope('stream'))
  async stream(
    @Query(new ZodPipe(streamEvents.query)) query: z.output<typeof streamEvents.query>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // Fastify answers HEAD by the same handler.
    if (request.method === 'HEAD')
      return void reply.header('content-type', 'text/event-stream; charset=utf-8').send();
    const holder = { ip: request.ip, key: request.apiKey?.lineage };
    await this.feed.follow(interestOfQuery(query, lastEventId), holder, () =>
      Object.assign(this.streams.openFrames(reply), { wire: 'sse' as const }),
    );
  }
}
