import { RefusalError } from '@allora/contracts/errors';
import { ReputationService } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { type NetworkInference, SynthesisService } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { PastEpoch } from '@allora/protocol/explain/what-if';
import { type GrpcClient, GrpcClients } from '@allora/service-kit/grpc-client';
import { Inject, Injectable } from '@nestjs/common';
import { REWARDS_CONFIG, type RewardsConfig } from '../config';
import { pastEpoch } from './core-inputs';

/** What a past epoch was computed from, asked of the services that keep it. */
@Injectable()
export class EpochInputs {
  private readonly synthesis: GrpcClient<typeof SynthesisService>;
  private readonly reputation: GrpcClient<typeof ReputationService>;
  private readonly coordinator: GrpcClient<typeof TopicCoordinatorService>;

  constructor(@Inject(REWARDS_CONFIG) config: RewardsConfig, clients: GrpcClients) {
    this.synthesis = clients.connect(SynthesisService, config.synthesisGrpcAddress);
    this.reputation = clients.connect(ReputationService, config.reputationGrpcAddress);
    this.coordinator = clients.connect(TopicCoordinatorService, config.coordinatorGrpcAddress);
  }

  async load(epoch: {
    readonly topicId: number;
    readonly nonce: number;
  }): Promise<{ readonly past: PastEpoch; readonly inference: NetworkInference }> {
    const [{ inference, regrets }, { input }] = await Promise.all([
      this.synthesis.getEpochInput(epoch),
      this.reputation.getEpochInput(epoch),
    ]);
    if (!inference || !regrets || !input) {
      const { topicId, nonce } = epoch;
      const detail = `what epoch ${nonce} of topic ${topicId} was computed from is not kept`;
      throw new RefusalError('EPOCH_NOT_KEPT', detail, { topicId, nonce });
    }
    return { past: pastEpoch(inference, regrets, input), inference };
  }

  async lossMethod(topicId: number): Promise<string> {
    const { topic } = await this.coordinator.getTopic({ topicId });
    if (!topic) throw new RefusalError('UNKNOWN_TOPIC', `topic ${topicId} does not exist`, { topicId });
    return topic.lossMethod;
  }
}
