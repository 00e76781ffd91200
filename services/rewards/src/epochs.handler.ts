import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { type EpochEvent, EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { Settlement } from './settlement';
import { SettlementStore } from './settlement.store';

@Injectable()
export class EpochsHandler {
  constructor(
    @Inject(SERVICE_BUS) bus: ServiceBus,
    private readonly store: SettlementStore,
    private readonly settlement: Settlement,
  ) {
    bus.on(busTopics.epochs, (event, unit) => this.handle(event, unit));
  }

  private async handle(event: EpochEvent, unit: UnitOfWork): Promise<void> {
    if (event.phase === EpochPhase.REPUTER_WINDOW_OPENED) await this.store.requestSnapshot(unit.tx, event);
    else if (event.phase === EpochPhase.REPUTER_WINDOW_CLOSED) await this.store.recordClosed(unit.tx, event);
    else return;
    await this.settlement.advance(unit, event.topicId);
  }
}
