import type { ServiceBus } from '@allora/bus/service-bus';
import { type BusTopic, busTopics } from '@allora/contracts/catalog';
import type { SynthesisInput } from '@allora/protocol/epoch/next-synthesis-step';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { TopicAdvance } from './topic-advance';

interface EpochInput {
  readonly topicId: number;
  readonly nonce: number;
  readonly settledNonce?: number | undefined;
  readonly part?: number;
  readonly parts?: number;
}

/** Kafka in: what the epochs of a topic are made of. */
@Injectable()
export class EpochInputsHandler {
  constructor(
    @Inject(SERVICE_BUS) bus: ServiceBus,
    private readonly advance: TopicAdvance,
  ) {
    this.listen(bus, busTopics.inferenceSets, 'inference_set');
    this.listen(bus, busTopics.forecastSets, 'forecast_set');
    this.listen(bus, busTopics.networkLosses, 'network_losses');
    this.listen(bus, busTopics.epochScores, 'epoch_scores');
    this.listen(bus, busTopics.epochRewards, 'epoch_rewards');
  }

  private listen<T extends EpochInput>(bus: ServiceBus, topic: BusTopic<T>, input: SynthesisInput): void {
    bus.on(topic, async (message, unit) => {
      const record = {
        topicId: message.topicId,
        nonce: message.nonce,
        settledNonce: message.settledNonce ?? null,
        part: message.part ?? 0,
        parts: message.parts ?? 1,
        payload: topic.message.encode(message).finish(),
      };
      await this.advance.accept(input, record, unit);
    });
  }
}
