import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import type { EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { BookStore } from './book.store';
import { DataFees } from './data-fees';
import { Settlement } from './settlement';
import { SettlementStore } from './settlement.store';

@Injectable()
export class EpochScoresHandler {
  constructor(
    @Inject(SERVICE_BUS) bus: ServiceBus,
    private readonly books: BookStore,
    private readonly store: SettlementStore,
    private readonly fees: DataFees,
    private readonly settlement: Settlement,
  ) {
    bus.on(busTopics.epochScores, (scores, unit) => this.handle(scores, unit));
  }

  private async handle(scores: EpochScores, unit: UnitOfWork): Promise<void> {
    await this.books.lock(unit.tx);
    const isNew = await this.store.keepScores(unit.tx, scores);
    // Whoever reported losses is in the scores: their fees are due before anything is paid for them.
    if (isNew) {
      const submitters = scores.reputers.map(({ reputer }) => reputer);
      // The epoch itself may have ended already, or not yet.
      const countNonce = scores.nonce + 1;
      await this.fees.charge(unit.tx, scores, { kind: 'losses', part: 0, countNonce, submitters });
    }
    await this.settlement.advance(unit, scores.topicId);
  }
}
