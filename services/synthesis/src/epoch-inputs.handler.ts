import type { ServiceBus } from '@allora/bus/service-bus';
import { type BusTopic, busTopics } from '@allora/contracts/catalog';
import type { SynthesisInput } from '@allora/protocol/epoch/next-synthesis-step';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { InputPart } from './inputs.store';
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
export class EpochInputsHandler implements OnModuleInit {
  constructor(
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly advance: TopicAdvance,
  ) {}

  onModuleInit(): void {
    this.listen(busTopics.inferenceSets, 'inference_set');
    this.listen(busTopics.forecastSets, 'forecast_set');
    this.listen(busTopics.networkLosses, 'network_losses');
    this.listen(busTopics.epochScores, 'epoch_scores');
    this.listen(busTopics.epochRewards, 'epoch_rewards');
  }

  private listen<T extends EpochInput>(topic: BusTopic<T>, input: SynthesisInput): void {
    this.bus.on(topic, (message, unit) => this.advance.accept(input, inputPart(topic, message), unit));
  }
}

export function inputPart<T extends EpochInput>(topic: BusTopic<T>, message: T): InputPart {
  const { topicId, nonce, settledNonce = null, part = 0, parts = 1 } = message;
  return { topicId, nonce, settledNonce, part, parts, payload: topic.message.encode(message).finish() };
}
