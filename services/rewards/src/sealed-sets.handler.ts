import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { BookStore } from './book.store';
import { DataFees } from './data-fees';

/** What is in a sealed set was taken, and costs its author the data fee. */
@Injectable()
export class SealedSetsHandler {
  constructor(@Inject(SERVICE_BUS) bus: ServiceBus, books: BookStore, fees: DataFees) {
    bus.on(busTopics.inferenceSets, async (set, { tx }) => {
      await books.lock(tx);
      const submitters = set.inferences.map(({ inferer }) => inferer);
      await fees.charge(tx, set, { kind: 'inferences', part: set.part, countNonce: set.nonce, submitters });
    });
    bus.on(busTopics.forecastSets, async (set, { tx }) => {
      await books.lock(tx);
      const submitters = set.forecasts.map(({ forecaster }) => forecaster);
      await fees.charge(tx, set, { kind: 'forecasts', part: set.part, countNonce: set.nonce, submitters });
    });
  }
}
