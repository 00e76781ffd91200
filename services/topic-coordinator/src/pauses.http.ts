import { topicIdText } from '@allora/service-kit/form';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { PauseTopic, type PauseView } from './pause-topic';

/** For operators. */
@Controller('operations/topics')
export class PausesHttp {
  constructor(private readonly pauses: PauseTopic) {}

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
}
