import type { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { topicIdText } from '@allora/service-kit/form';
import { SubmissionIntake } from '@allora/submission-log/submission-intake';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';

@Controller('v1/topics/:id/forecasts')
export class ForecastSubmissionsHttp {
  constructor(private readonly intake: SubmissionIntake) {}

  @Post()
  @HttpCode(202)
  submit(@Param('id', new ZodPipe(topicIdText)) topicId: number, @Body() body: unknown): Promise<Receipt> {
    return this.intake.acceptJson(topicId, body);
  }
}
