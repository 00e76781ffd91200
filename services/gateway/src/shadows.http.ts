import { listShadows } from '@allora/public-api/routes/shadows';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Param, UseInterceptors } from '@nestjs/common';
import type { z } from 'zod';
import { ConditionalAnswers } from './conditional.interceptor';
import { KnownTopics } from './known-topics';
import { byContribution, shadowView } from './shadow-view';
import { ShadowsStore } from './shadows.store';

@Controller('v1/topics')
@UseInterceptors(ConditionalAnswers)
export class ShadowsHttp {
  constructor(
    private readonly known: KnownTopics,
    private readonly shadows: ShadowsStore,
  ) {}

  @Get(':id/shadows')
  async list(@Param(new ZodPipe(listShadows.params)) { id: topicId }: z.output<typeof listShadows.params>) {
    const shadows = await this.shadows.list({ topicId });
    if (shadows.length === 0) await this.known.require(topicId);
    return { shadows: shadows.map(shadowView).sort(byContribution) };
  }
}
