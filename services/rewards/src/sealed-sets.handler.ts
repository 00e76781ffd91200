import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import type { ForecastSet, InferenceSet } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import type { Tx } from '@allora/store/database';
import { Inject, Injectable } from '@nestjs/common';
import { BookStore } from './book.store';
import { LedgerTurns } from './ledger-turns';
import { TopicsStore } from './topics.store';
import { TurnsStore } from './turns.store';

/** What is in a sealed set was taken, and costs its author the data fee: at the end of its epoch. */
@Injectable()
export class SealedSetsHandler {
  constructor(
    @Inject(SERVICE_BUS) bus: ServiceBus,
    private readonly books: BookStore,
    private readonly topics: TopicsStore,
    private readonly store: TurnsStore,
    turns: LedgerTurns,
  ) {
    bus.on(busTopics.inferenceSets, async (set, unit) => {
      const submitters = set.inferences.map(({ inferer }) => inferer);
      await this.keep(unit.tx, set, 'inferences', submitters);
      await turns.advance(unit);
    });
    bus.on(busTopics.forecastSets, async (set, unit) => {
      const submitters = set.forecasts.map(({ forecaster }) => forecaster);
      await this.keep(unit.tx, set, 'forecasts', submitters);
      await turns.advance(unit);
    });
  }

  private async keep(
    tx: Tx,
    { topicId, nonce, part, parts, params }: InferenceSet | ForecastSet,
    kind: 'inferences' | 'forecasts',
    submitters: readonly string[],
  ): Promise<void> {
    await this.books.lock(tx);
    await this.topics.expect(tx, [{ topicId, epochLengthBlocks: params?.epochLengthBlocks ?? 1 }]);
    await this.store.keepFees(tx, { topicId, nonce, kind, part, parts, submitters });
  }
}
