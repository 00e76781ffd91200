import type { TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { participantAccount, TREASURY } from '@allora/protocol/economy/accounts';
import { chargeDataFees } from '@allora/protocol/economy/data-fees';
import type { Tx } from '@allora/store/database';
import { Injectable } from '@nestjs/common';
import { BookStore } from './book.store';
import { wants } from './book-wants';
import { Economy } from './economy';
import { LedgerStore } from './ledger.store';
import { RewardsMetrics } from './metrics';
import { TopicsStore } from './topics.store';

interface Submissions {
  readonly kind: 'inferences' | 'forecasts' | 'losses';
  readonly part: number;
  /** Of the first epoch at whose end they count as revenue of the topic. */
  readonly countNonce: number;
  readonly submitters: readonly string[];
}

/** Fees of submissions that an epoch has taken. */
@Injectable()
export class DataFees {
  constructor(
    private readonly books: BookStore,
    private readonly topics: TopicsStore,
    private readonly ledger: LedgerStore,
    private readonly economy: Economy,
    private readonly metrics: RewardsMetrics,
  ) {}

  /** In a transaction that holds the ledger; once for each kind and part of an epoch. */
  async charge(
    tx: Tx,
    epoch: { topicId: number; nonce: number; params?: TopicParams | undefined },
    { kind, part, countNonce, submitters }: Submissions,
  ): Promise<void> {
    const { topicId, nonce, params } = epoch;
    const key = `data-fee:${topicId}:${nonce}:${kind}${part === 0 ? '' : `:${part}`}`;
    const isFree = this.economy.rules.dataFeeUallo === 0n || submitters.length === 0;
    if (isFree || (await this.ledger.isPosted(tx, key))) return;
    await this.topics.expect(tx, [{ topicId, epochLengthBlocks: params?.epochLengthBlocks ?? 1 }]);
    const book = await this.books.load(
      tx,
      wants({
        accounts: [TREASURY, ...submitters.map(participantAccount)],
        topics: [topicId],
        owed: submitters.map((address) => ({ topicId, address })),
      }),
    );
    chargeDataFees(book, this.economy.rules, { topicId, nonce, countNonce, submitters }, key);
    await this.books.save(tx, book);
    this.metrics.countTransfers(book.transfers);
  }
}
