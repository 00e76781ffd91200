import type { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { topicIdText } from '@allora/service-kit/form';
import { bulkRoute } from '@allora/service-kit/http-server';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import type { BulkAnswer } from '@allora/submission-log/bulk';
import { SubmissionIntake } from '@allora/submission-log/submission-intake';
import { hashText, type SubmissionStatus } from '@allora/submission-log/submission-status';
import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

@Controller('v1')
export class ForecastSubmissionsHttp {
  constructor(private readonly intake: SubmissionIntake) {}

  @Post('topics/:id/forecasts')
  @HttpCode(202)
  submit(@Param('id', new ZodPipe(topicIdText)) topicId: number, @Body() body: unknown): Promise<Receipt> {
    return this.intake.acceptJson(topicId, body);
  }

  @Post('topics/:id/forecasts/bulk')
  @HttpCode(200)
  @RouteConfig(bulkRoute)
  submitBulk(
    @Param('id', new ZodPipe(topicIdText)) topicId: number,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<BulkAnswer> {
    return this.intake.acceptBulk(topicId, body, request.id);
  }

  @Get('forecasts/:hash')
  status(@Param('hash', new ZodPipe(hashText)) hash: string): Promise<SubmissionStatus> {
    return this.intake.status(hash);
  }
}
