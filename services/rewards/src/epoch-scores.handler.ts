import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { Settlement } from './settlement';
import { SettlementStore } from './settlement.store';

@Injectable()
export class EpochScoresHandler {
  constructor(@Inject(SERVICE_BUS) bus: ServiceBus, store: SettlementStore, settlement: Settlement) {
    bus.on(busTopics.epochScores, async (scores, unit) => {
      await store.keepScores(unit.tx, scores);
      await settlement.advance(unit, scores.topicId);
    });
  }
}
