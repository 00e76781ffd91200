import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import type { EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import type { Tx } from '@allora/store/database';
import { Inject, Injectable } from '@nestjs/common';
import { BookStore } from './book.store';
import { LedgerTurns } from './ledger-turns';
import { Settlement } from './settlement';
import { SettlementStore } from './settlement.store';
import { TopicsStore } from './topics.store';
import { TurnsStore } from './turns.store';

@Injectable()
export class EpochScoresHandler {
  constructor(
    @Inject(SERVICE_BUS) bus: ServiceBus,
    private readonly books: BookStore,
    private readonly store: SettlementStore,
    private readonly topics: TopicsStore,
    private readonly inputs: TurnsStore,
    private readonly settlement: Settlement,
    private readonly turns: LedgerTurns,
  ) {
    bus.on(busTopics.epochScores, (scores, unit) => this.handle(scores, unit));
  }

  private async handle(scores: EpochScores, unit: UnitOfWork): Promise<void> {
    await this.books.lock(unit.tx);
    const isNew = await this.store.keepScores(unit.tx, scores);
    // Whoever reported losses is in the scores.
    if (isNew) await this.keepFees(unit.tx, scores);
    await this.settlement.advance(unit, scores.topicId);
    await this.turns.advance(unit);
  }

  private async keepFees(tx: Tx, { topicId, nonce, params, reputers }: EpochScores): Promise<void> {
    await this.topics.expect(tx, [{ topicId, epochLengthBlocks: params?.epochLengthBlocks ?? 1 }]);
    const submitters = reputers.map(({ reputer }) => reputer);
    await this.inputs.keepFees(tx, { topicId, nonce, kind: 'losses', part: 0, parts: 1, submitters });
  }
}
