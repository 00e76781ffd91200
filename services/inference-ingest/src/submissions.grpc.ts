import { InferenceIngestService } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { GrpcHost } from '@allora/service-kit/grpc-host';
import { SubmissionIntake } from '@allora/submission-log/submission-intake';
import { Injectable, type OnModuleInit } from '@nestjs/common';

@Injectable()
export class InferenceSubmissionsGrpc implements OnModuleInit {
  constructor(
    private readonly host: GrpcHost,
    private readonly intake: SubmissionIntake,
  ) {}

  onModuleInit(): void {
    this.host.add(InferenceIngestService, {
      submit: async ({ signed }) => ({ receipt: await this.intake.acceptSigned(signed) }),
    });
  }
}
