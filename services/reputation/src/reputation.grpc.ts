import { RefusalError } from '@allora/contracts/errors';
import { ReputationService, EpochScoringInput } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { GrpcHost } from '@allora/service-kit/grpc-host';
import { Database } from '@allora/store/database';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { StandingStore } from './standing.store';

@Injectable()
export class ReputationGrpc implements OnModuleInit {
  constructor(
    private readonly host: GrpcHost,
    private readonly database: Database,
    private readonly standings: StandingStore,
  ) {}

  onModuleInit(): void {
    this.host.add(ReputationService, {
      getEpochInput: async ({ topicId, nonce }) => {
        const kept = await this.standings.keptInput(this.database.prisma, { topicId, nonce });
        if (kept === undefined) {
          throw new RefusalError('UNKNOWN_EPOCH', `topic ${topicId} has no scores at ${nonce}`, {
            topicId,
            nonce,
          });
        }
        return { input: kept === null ? undefined : EpochScoringInput.decode(kept) };
      },
    });
  }
}
