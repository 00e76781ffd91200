import { getTopic, listTopics } from '@allora/public-api/routes/topics';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Param, Query, UseInterceptors } from '@nestjs/common';
import type { z } from 'zod';
import { ConditionalAnswers } from './conditional.interceptor';
import { pick } from './pick';
import { TopicReads } from './topic-reads';

@Controller('v1/topics')
@UseInterceptors(ConditionalAnswers)
export class TopicsHttp {
  constructor(private readonly reads: TopicReads) {}

  @Get()
  async list(@Query(new ZodPipe(listTopics.query)) { fields, ...filter }: z.output<typeof listTopics.query>) {
    const { topics, next } = await this.reads.list(filter);
    return { topics: topics.map((topic) => pick(topic, fields)), next };
  }

  @Get(':id')
  async topic(
    @Param(new ZodPipe(getTopic.params)) { id }: z.output<typeof getTopic.params>,
    @Query(new ZodPipe(getTopic.query)) { fields }: z.output<typeof getTopic.query>,
  ) {
    return pick(await this.reads.one(id), fields);
  }
}
