import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { TopicsStore } from './topics.store';

@Injectable()
export class TopicsHandler {
  constructor(@Inject(SERVICE_BUS) bus: ServiceBus, topics: TopicsStore) {
    bus.on(busTopics.topics, (topic, { tx }) => topics.save(tx, topic));
  }
}
