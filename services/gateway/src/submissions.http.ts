import { hashText } from '@allora/service-kit/form';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Controller, Get, Param } from '@nestjs/common';
import { SubmissionStatus } from './submission-status';
import { submissionView } from './submission-view';

@Controller('v1/submissions')
export class SubmissionsHttp {
  constructor(private readonly status: SubmissionStatus) {}

  @Get(':hash')
  async submission(@Param('hash', new ZodPipe(hashText)) hash: string) {
    return submissionView(hash, await this.status.of(hash));
  }
}
