import { RefusalError } from '@allora/contracts/errors';
import {
  NetworkInference,
  RegretsUsed,
  SynthesisService,
} from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { GrpcHost } from '@allora/service-kit/grpc-host';
import { Database } from '@allora/store/database';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { TopicsStore } from './topics.store';

@Injectable()
export class SynthesisGrpc implements OnModuleInit {
  constructor(
    private readonly host: GrpcHost,
    private readonly database: Database,
    private readonly topics: TopicsStore,
  ) {}

  onModuleInit(): void {
    this.host.add(SynthesisService, {
      getEpochInput: async ({ topicId, nonce }) => {
        const kept = await this.topics.keptInference(this.database.prisma, { topicId, nonce });
        if (!kept) {
          throw new RefusalError('UNKNOWN_EPOCH', `topic ${topicId} has no inference at ${nonce}`, {
            topicId,
            nonce,
          });
        }
        return {
          inference: NetworkInference.decode(kept.inference),
          regrets: kept.regrets === null ? undefined : RegretsUsed.decode(kept.regrets),
        };
      },
    });
  }
}
