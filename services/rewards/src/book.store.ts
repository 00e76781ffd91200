import type { Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { type LoadedBook, loadBook } from './book-load';
import { saveBook } from './book-save';
import type { Wants } from './book-wants';

/** Names the ledger among the advisory locks of the database. */
const LEDGER = 'allora.rewards:ledger';

/** The economy as the rules see it: loaded, changed, stored, by one transaction at a time. */
@Injectable()
export class BookStore {
  /**
   * Waits for the ledger, on all replicas, until the transaction ends. It comes before the first write of the transaction:
   * whoever holds the ledger never waits for a row of one who waits for it.
   */
  async lock(tx: Tx): Promise<void> {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${LEDGER}, 0))`;
  }

  /** In a transaction that holds the ledger. */
  load(tx: Tx, wanted: Wants): Promise<LoadedBook> {
    return loadBook(tx, wanted);
  }

  save(tx: Tx, book: LoadedBook): Promise<void> {
    return saveBook(tx, book);
  }
}
