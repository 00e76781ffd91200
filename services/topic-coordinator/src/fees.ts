import { RewardsService } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import { type GrpcClient, GrpcClients } from '@allora/service-kit/grpc-client';
import { Inject, Injectable } from '@nestjs/common';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';

/**
 * What a topic or a registration costs its author. It is paid before the command takes effect, and outside of its transaction:
 * the owner of the ledger charges a command once, so a retry finds it paid when this service failed in between.
 */
@Injectable()
export class Fees {
  private readonly rewards: GrpcClient<typeof RewardsService>;

  constructor(@Inject(TOPIC_COORDINATOR_CONFIG) config: TopicCoordinatorConfig, clients: GrpcClients) {
    this.rewards = clients.connect(RewardsService, config.rewardsGrpcAddress);
  }

  /** Nothing where nothing was asked; the ledger's refusal where the author cannot pay. */
  async charge(signed: SignedMessage): Promise<string | undefined> {
    const { feeUallo } = await this.rewards.chargeFee({ signed });
    return feeUallo === '0' ? undefined : feeUallo;
  }
}
