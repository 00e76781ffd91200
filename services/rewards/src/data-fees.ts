import { participantAccount, TREASURY } from '@allora/protocol/economy/accounts';
import { chargeDataFees } from '@allora/protocol/economy/data-fees';
import type { DueFees } from '@allora/protocol/economy/ledger-turns';
import type { Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { BookStore } from './book.store';
import { wants } from './book-wants';
import { Economy } from './economy';
import { LedgerStore } from './ledger.store';
import { RewardsMetrics } from './metrics';
import { dataFeeKey, type SubmissionFees, TurnsStore } from './turns.store';

/** Fees of submissions that an epoch has taken. */
@Injectable()
export class DataFees {
  constructor(
    private readonly books: BookStore,
    private readonly ledger: LedgerStore,
    private readonly turns: TurnsStore,
    private readonly economy: Economy,
    private readonly metrics: RewardsMetrics,
  ) {}

  /** In a transaction that holds the ledger, in the order given; once for each kind and part of an epoch. */
  async charge(tx: Tx, fees: readonly DueFees[]): Promise<void> {
    if (fees.length === 0) return;
    const due = await this.notPosted(tx, await this.turns.withSubmitters(tx, fees));
    await this.turns.forgetFees(tx, fees);
    if (due.length === 0) return;
    const book = await this.books.load(
      tx,
      wants({
        accounts: [TREASURY, ...due.flatMap(({ submitters }) => submitters.map(participantAccount))],
        topics: due.map(({ topicId }) => topicId),
        owed: due.flatMap(({ topicId, submitters }) => submitters.map((address) => ({ topicId, address }))),
      }),
    );
    for (const one of due) {
      // Losses are told once their epoch has ended.
      const countNonce = one.kind === 'losses' ? one.nonce + 1 : one.nonce;
      chargeDataFees(book, this.economy.rules, { ...one, countNonce }, dataFeeKey(one));
    }
    await this.books.save(tx, book);
    this.metrics.countTransfers(book.transfers);
  }

  private async notPosted(tx: Tx, fees: readonly SubmissionFees[]): Promise<SubmissionFees[]> {
    if (this.economy.rules.dataFeeUallo === 0n) return [];
    const some = fees.filter(({ submitters }) => submitters.length > 0);
    const posted = await this.ledger.postedKeys(tx, some.map(dataFeeKey));
    return some.filter((one) => !posted.has(dataFeeKey(one)));
  }
}
