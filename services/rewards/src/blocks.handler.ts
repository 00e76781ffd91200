import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import type { BlocksTold } from '@allora/contracts/gen/allora/topics/v1/topics';
import {
  EPOCH_REWARDS,
  MINT,
  participantAccount,
  REWARDS_POOL,
  TREASURY,
  VALIDATORS_POOL,
  vestingAccount,
} from '@allora/protocol/economy/accounts';
import { advanceBlocks } from '@allora/protocol/economy/blocks';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { BookStore } from './book.store';
import { wants } from './book-wants';
import { Economy } from './economy';
import { EmissionStore } from './emission.store';
import { RewardsMetrics } from './metrics';
import { weightOf } from './proto';
import { Settlement } from './settlement';
import { TopicsStore } from './topics.store';

/** Every block pays, every ended epoch is given its part, and what waited for either goes on. */
@Injectable()
export class BlocksHandler {
  constructor(
    @Inject(SERVICE_BUS) bus: ServiceBus,
    private readonly books: BookStore,
    private readonly topics: TopicsStore,
    private readonly months: EmissionStore,
    private readonly economy: Economy,
    private readonly settlement: Settlement,
    private readonly metrics: RewardsMetrics,
  ) {
    bus.on(busTopics.blocks, (told, unit) => this.handle(told, unit));
  }

  private async handle(told: BlocksTold, unit: UnitOfWork): Promise<void> {
    const { rules, emission, vesting } = this.economy;
    await this.books.lock(unit.tx);
    const topicIds = [...new Set(told.ended.map(({ topicId }) => topicId))].sort((a, b) => a - b);
    await this.topics.expect(unit.tx, told.ended);
    const blocks = told.toHeight - told.fromHeightExclusive;
    const book = await this.books.load(
      unit.tx,
      wants({
        accounts: this.accounts(),
        // Every share is of the weight of all topics.
        allTopics: topicIds.length > 0,
        dueRemovals: { height: told.toHeight, limit: rules.removalsPerBlock * blocks },
      }),
    );
    const { months, weights } = advanceBlocks(book, rules, emission, told, vesting);
    await this.books.save(unit.tx, book);
    await this.months.save(unit.tx, months);
    this.metrics.countTransfers(book.transfers);
    for (const weight of weights) await unit.publish(busTopics.topicWeights, weightOf(weight));
    for (const topicId of topicIds) await this.settlement.advance(unit, topicId);
  }

  private accounts(): string[] {
    const beneficiaries = this.economy.vesting.flatMap(({ name, beneficiary }) => [
      vestingAccount(name),
      participantAccount(beneficiary),
    ]);
    return [MINT, TREASURY, REWARDS_POOL, EPOCH_REWARDS, VALIDATORS_POOL, ...new Set(beneficiaries)];
  }
}
