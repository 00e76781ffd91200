import type {
  ForecastIngestService,
  InferenceIngestService,
  LossIngestService,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { RefusalError } from '@allora/contracts/errors';
import { hashText } from '@allora/service-kit/form';
import { GrpcHost } from '@allora/service-kit/grpc-host';
import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { SubmissionIntake } from './submission-intake';

type IngestDefinition =
  typeof InferenceIngestService | typeof ForecastIngestService | typeof LossIngestService;

/** The gRPC door of one kind of submission. */
export function submissionsGrpc(definition: IngestDefinition): Type<unknown> {
  @Injectable()
  class SubmissionsGrpc implements OnModuleInit {
    constructor(
      private readonly host: GrpcHost,
      private readonly intake: SubmissionIntake,
    ) {}

    onModuleInit(): void {
      this.host.add<IngestDefinition>(definition, {
        submit: async ({ signed }) => ({ receipt: await this.intake.acceptSigned(signed) }),
        submitStream: (requests, call, answers) => this.intake.acceptStream(requests, call, answers),
        getSubmission: ({ hash }) => this.intake.find(checkedHash(hash)),
      });
    }
  }
  return SubmissionsGrpc;
}

function checkedHash(hash: string): string {
  if (hashText.safeParse(hash).success) return hash;
  throw new RefusalError('MALFORMED', 'hash: expected 32 bytes in lower-case hex');
}
