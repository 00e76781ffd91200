import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { LedgerTurns } from './ledger-turns';
import { TopicsStore } from './topics.store';

@Injectable()
export class TopicsHandler {
  constructor(@Inject(SERVICE_BUS) bus: ServiceBus, topics: TopicsStore, turns: LedgerTurns) {
    bus.on(busTopics.topics, async (topic, unit) => {
      await topics.save(unit.tx, topic);
      await turns.advance(unit);
    });
  }
}
