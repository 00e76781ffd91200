import { topicPath } from '@allora/public-api/forms';
import { frameworkPath, type RouteShape } from '@allora/public-api/route';
import { bulkRoute } from '@allora/service-kit/http-server';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Body, Controller, HttpCode, Param, Post, Req, type Type } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { BulkAnswer } from './bulk';
import type { ReceiptJson } from './receipt-json';
import { SubmissionIntake } from './submission-intake';

type TopicPath = z.output<typeof topicPath>;

/** The HTTP doors of one kind of submission. The intake reads the bodies, by the forms of these routes. */
export function submissionsHttp(alone: RouteShape, inBulk: RouteShape): Type<unknown> {
  @Controller()
  class SubmissionsHttp {
    constructor(private readonly intake: SubmissionIntake) {}

    @Post(frameworkPath(alone))
    @HttpCode(202)
    submit(@Param(new ZodPipe(topicPath)) { id }: TopicPath, @Body() body: unknown): Promise<ReceiptJson> {
      return this.intake.acceptJson(id, body);
    }

    @Post(frameworkPath(inBulk))
    @HttpCode(200)
    @RouteConfig(bulkRoute)
    submitBulk(
      @Param(new ZodPipe(topicPath)) { id }: TopicPath,
      @Body() body: unknown,
      @Req() request: FastifyRequest,
    ): Promise<BulkAnswer> {
      return this.intake.acceptBulk(id, body, request);
    }
  }
  return SubmissionsHttp;
}

/** The HTTP door of commitments to one kind of submission. */
export function commitmentsHttp(route: RouteShape): Type<unknown> {
  @Controller()
  class CommitmentsHttp {
    constructor(private readonly intake: SubmissionIntake) {}

    @Post(frameworkPath(route))
    @HttpCode(202)
    commit(@Param(new ZodPipe(topicPath)) { id }: TopicPath, @Body() body: unknown): Promise<ReceiptJson> {
      return this.intake.acceptCommitment(id, body);
    }
  }
  return CommitmentsHttp;
}
