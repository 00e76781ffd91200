import { topicIdText } from '@allora/service-kit/form';
import { bulkRoute } from '@allora/service-kit/http-server';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Body, Controller, HttpCode, Param, Post, Req, type Type } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { BulkAnswer } from './bulk';
import type { ReceiptJson } from './receipt-json';
import { SubmissionIntake } from './submission-intake';

/** The HTTP door of one kind of submission. */
export function submissionsHttp(plural: 'inferences' | 'forecasts' | 'losses'): Type<unknown> {
  @Controller(`v1/topics/:id/${plural}`)
  class SubmissionsHttp {
    constructor(private readonly intake: SubmissionIntake) {}

    @Post()
    @HttpCode(202)
    submit(
      @Param('id', new ZodPipe(topicIdText)) topicId: number,
      @Body() body: unknown,
    ): Promise<ReceiptJson> {
      return this.intake.acceptJson(topicId, body);
    }

    @Post('bulk')
    @HttpCode(200)
    @RouteConfig(bulkRoute)
    submitBulk(
      @Param('id', new ZodPipe(topicIdText)) topicId: number,
      @Body() body: unknown,
      @Req() request: FastifyRequest,
    ): Promise<BulkAnswer> {
      return this.intake.acceptBulk(topicId, body, request);
    }
  }
  return SubmissionsHttp;
}

/** The HTTP door of commitments to one kind of submission. */
export function commitmentsHttp(plural: 'inferences' | 'forecasts'): Type<unknown> {
  @Controller(`v1/topics/:id/${plural}/commitments`)
  class CommitmentsHttp {
    constructor(private readonly intake: SubmissionIntake) {}

    @Post()
    @HttpCode(202)
    commit(
      @Param('id', new ZodPipe(topicIdText)) topicId: number,
      @Body() body: unknown,
    ): Promise<ReceiptJson> {
      return this.intake.acceptCommitment(topicId, body);
    }
  }
  return CommitmentsHttp;
}
