import { getSubmission } from '@allora/public-api/routes/submissions';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Param } from '@nestjs/common';
import type { z } from 'zod';
import { SubmissionStatus } from './submission-status';
import { submissionView } from './submission-view';

@Controller('v1/submissions')
export class SubmissionsHttp {
  constructor(private readonly status: SubmissionStatus) {}

  @Get(':hash')
  async submission(
    @Param(new ZodPipe(getSubmission.params)) { hash }: z.output<typeof getSubmission.params>,
  ) {
    return submissionView(hash, await this.status.of(hash));
  }
}
