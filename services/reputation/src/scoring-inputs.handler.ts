import type { ServiceBus } from '@allora/bus/service-bus';
import { type BusTopic, busTopics } from '@allora/contracts/catalog';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { InputPart } from './inputs.store';
import type { ScoringInput } from './next-epoch';
import { TopicScoring } from './topic-scoring';

interface EpochInput {
  readonly topicId: number;
  readonly nonce: number;
  readonly part?: number;
  readonly parts?: number;
}

/** Kafka in: what an epoch is scored by. */
@Injectable()
export class ScoringInputsHandler implements OnModuleInit {
  constructor(
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly scoring: TopicScoring,
  ) {}

  onModuleInit(): void {
    this.listen(busTopics.lossSets, 'loss_set');
    this.listen(busTopics.stakeSnapshots, 'stake_snapshot');
    this.listen(busTopics.networkInferences, 'network_inference');
  }

  private listen<T extends EpochInput>(topic: BusTopic<T>, input: ScoringInput): void {
    this.bus.on(topic, (message, unit) => this.scoring.accept(input, inputPart(topic, message), unit));
  }
}

export function inputPart<T extends EpochInput>(topic: BusTopic<T>, message: T): InputPart {
  const { topicId, nonce, part = 0, parts = 1 } = message;
  return { topicId, nonce, part, parts, payload: topic.message.encode(message).finish() };
}
