import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { TopicTotalsStore } from './compat/topic-totals.store';
import { TopicsStore } from './topics.store';

@Injectable()
export class TopicsHandler {
  constructor(@Inject(SERVICE_BUS) bus: ServiceBus, topics: TopicsStore, totals: TopicTotalsStore) {
    bus.on(busTopics.topics, async (topic, { tx }, { producedAtMs }) => {
      await topics.saveTopic(tx, topic);
      await totals.topicTold(tx, topic, producedAtMs);
    });
    bus.on(busTopics.registrations, async (registration, { tx }, { producedAtMs }) => {
      if (await topics.saveRegistration(tx, registration))
        await totals.addRegistration(tx, registration, producedAtMs);
    });
    bus.on(busTopics.topicWeights, (weight, { tx }, { producedAtMs }) =>
      totals.saveWeight(tx, weight, producedAtMs),
    );
  }
}
