import { topicIdText } from '@allora/service-kit/form';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { PauseTopic, type PauseView } from './pause-topic';
import { type ReopenedView, ReopenEpoch } from './reopen-epoch';

const nonceText = z
  .string()
  .regex(/^\d{1,15}$/, 'expected a nonce')
  .transform(Number);

/** For operators. */
@Controller('operations/topics')
export class OperationsHttp {
  constructor(
    private readonly pauses: PauseTopic,
    private readonly reopenings: ReopenEpoch,
  ) {}

  @Post(':id/pause')
  @HttpCode(200)
  pause(@Param('id', new ZodPipe(topicIdText)) topicId: number): Promise<PauseView> {
    return this.pauses.pause(topicId);
  }

  @Post(':id/resumption')
  @HttpCode(200)
  resume(@Param('id', new ZodPipe(topicIdText)) topicId: number): Promise<PauseView> {
    return this.pauses.resume(topicId);
  }

  @Post(':id/epochs/:nonce/reopening')
  @HttpCode(200)
  reopen(
    @Param('id', new ZodPipe(topicIdText)) topicId: number,
    @Param('nonce', new ZodPipe(nonceText)) nonce: number,
  ): Promise<ReopenedView> {
    return this.reopenings.reopen({ topicId, nonce });
  }
}
