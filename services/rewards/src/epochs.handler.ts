import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { type EpochEvent, EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { BookStore } from './book.store';
import { LedgerTurns } from './ledger-turns';
import { Settlement } from './settlement';
import { SettlementStore } from './settlement.store';
import { TopicsStore } from './topics.store';

@Injectable()
export class EpochsHandler {
  constructor(
    @Inject(SERVICE_BUS) bus: ServiceBus,
    private readonly books: BookStore,
    private readonly topics: TopicsStore,
    private readonly store: SettlementStore,
    private readonly settlement: Settlement,
    private readonly turns: LedgerTurns,
  ) {
    bus.on(busTopics.epochs, (event, unit) => this.handle(event, unit));
  }

  private async handle(event: EpochEvent, unit: UnitOfWork): Promise<void> {
    const { topicId, phase, params } = event;
    const opened = phase === EpochPhase.REPUTER_WINDOW_OPENED;
    if (!opened && phase !== EpochPhase.REPUTER_WINDOW_CLOSED) return;
    await this.books.lock(unit.tx);
    await this.topics.expect(unit.tx, [{ topicId, epochLengthBlocks: params?.epochLengthBlocks ?? 1 }]);
    if (opened) await this.store.requestSnapshot(unit.tx, event);
    else await this.store.recordClosed(unit.tx, event);
    await this.settlement.advance(unit, topicId);
    await this.turns.advance(unit);
  }
}
