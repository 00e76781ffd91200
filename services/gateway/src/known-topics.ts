import { RefusalError } from '@allora/contracts/errors';
import { TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { type GrpcClient, GrpcClients } from '@allora/service-kit/grpc-client';
import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from './config';
import { type KnownTopic, TopicsStore } from './topics.store';

const unknownTopic = (topicId: number) =>
  new RefusalError('UNKNOWN_TOPIC', `topic ${topicId} does not exist`, { topicId });

/** Topics of the projection; one that it does not have yet is asked of its owner before it is refused. */
@Injectable()
export class KnownTopics {
  private readonly coordinator: GrpcClient<typeof TopicCoordinatorService>;

  constructor(
    @Inject(GATEWAY_CONFIG) config: GatewayConfig,
    clients: GrpcClients,
    private readonly topics: TopicsStore,
  ) {
    this.coordinator = clients.connect(TopicCoordinatorService, config.coordinatorGrpcAddress);
  }

  async require(topicId: number): Promise<KnownTopic> {
    const known = await this.topics.find(topicId);
    if (known) return known;
    const { topic } = await this.coordinator.getTopic({ topicId });
    if (!topic) throw unknownTopic(topicId);
    return { topic, latestNonce: await this.topics.latestNonce(topicId) };
  }
}
