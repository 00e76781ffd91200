import type { ServiceBus } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { BookStore } from './book.store';
import { LedgerTurns } from './ledger-turns';
import { TurnsStore } from './turns.store';

/** Blocks are applied in the order in which they are told, each when its turn has come. */
@Injectable()
export class BlocksHandler {
  constructor(@Inject(SERVICE_BUS) bus: ServiceBus, books: BookStore, store: TurnsStore, turns: LedgerTurns) {
    bus.on(busTopics.blocks, async (told, unit) => {
      await books.lock(unit.tx);
      await store.keepBlocks(unit.tx, told);
      await turns.advance(unit);
    });
  }
}
