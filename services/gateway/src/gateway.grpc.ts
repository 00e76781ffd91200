import { RefusalError } from '@allora/contracts/errors';
import { GatewayService } from '@allora/contracts/gen/allora/gateway/v1/gateway';
import { hashText } from '@allora/service-kit/form';
import { GrpcHost } from '@allora/service-kit/grpc-host';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SubmissionStatus } from './submission-status';

@Injectable()
export class GatewayGrpc implements OnModuleInit {
  constructor(
    private readonly host: GrpcHost,
    private readonly status: SubmissionStatus,
  ) {}

  onModuleInit(): void {
    this.host.add(GatewayService, {
      getSubmission: async ({ hash }) => {
        if (!hashText.safeParse(hash).success)
          throw new RefusalError('MALFORMED', 'hash: expected 32 bytes in lower-case hex');
        return this.status.of(hash);
      },
    });
  }
}
