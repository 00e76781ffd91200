import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
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
import { type EpochAt, type LedgerTurn, nextTurn } from '@allora/protocol/economy/ledger-turns';
import { Log } from '@allora/service-kit/log';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Database } from '@allora/store/database';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { BookStore } from './book.store';
import { wants } from './book-wants';
import { REWARDS_CONFIG, type RewardsConfig } from './config';
import { DataFees } from './data-fees';
import { Economy } from './economy';
import { EmissionStore } from './emission.store';
import { RewardsMetrics } from './metrics';
import { weightOf } from './proto';
import { Settlement } from './settlement';
import { TopicsStore } from './topics.store';
import { TurnsStore } from './turns.store';

type BlocksTurn = LedgerTurn & { readonly kind: 'blocks' };

/** Records of blocks and epochs that end in them, in one transaction: after an outage very many may wait. */
const ENDS_A_TRANSACTION = 100;
const LOOK_MS = 1_000;

const nameOf = ({ topicId, nonce }: EpochAt): string => `${topicId}:${nonce}`;

/** Every block pays, every ended epoch is given its part, and every fee is charged: each in its turn, whatever was read first. */
@Injectable()
export class LedgerTurns implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  /** The blocks that wait, and since when as far as this process knows. */
  private waiting: { readonly toldId: number; readonly sinceMs: number } | undefined;

  constructor(
    @Inject(REWARDS_CONFIG) private readonly config: RewardsConfig,
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly database: Database,
    private readonly store: TurnsStore,
    private readonly books: BookStore,
    private readonly topics: TopicsStore,
    private readonly months: EmissionStore,
    private readonly economy: Economy,
    private readonly fees: DataFees,
    private readonly settlement: Settlement,
    private readonly metrics: RewardsMetrics,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.looking;
  }

  /** Takes every turn that has become possible; true where more are left than one transaction takes. In one that holds the ledger. */
  async advance(unit: UnitOfWork): Promise<boolean> {
    for (let ends = 0; ends < ENDS_A_TRANSACTION;) {
      const turn = nextTurn(await this.store.head(unit.tx));
      if (turn.kind === 'wait') return false;
      if (turn.kind === 'fees') await this.fees.charge(unit.tx, turn.fees);
      else {
        await this.applyBlocks(unit, turn);
        ends += 1 + turn.told.ended.length;
      }
    }
    unit.afterCommit(() => this.look());
    return true;
  }

  private async applyBlocks(unit: UnitOfWork, { told, fees }: BlocksTurn): Promise<void> {
    const { tx } = unit;
    const { rules, emission, vesting } = this.economy;
    await this.store.takeBlocks(tx, told.toHeight);
    await this.fees.charge(tx, fees);
    await this.topics.expect(tx, told.ended);
    const blocks = told.toHeight - told.fromHeightExclusive;
    const book = await this.books.load(
      tx,
      wants({
        accounts: this.accounts(),
        // Every share is of the weight of all topics.
        allTopics: told.ended.length > 0,
        dueRemovals: { height: told.toHeight, limit: rules.removalsPerBlock * blocks },
      }),
    );
    const fromHeight = book.network.height;
    const { months, weights } = advanceBlocks(book, rules, emission, told, vesting);
    await this.books.save(tx, book);
    await this.months.save(tx, months);
    await this.store.recordEnded(
      tx,
      told.ended.filter(({ height }) => height > fromHeight),
    );
    this.metrics.countTransfers(book.transfers);
    for (const weight of weights) await unit.publish(busTopics.topicWeights, weightOf(weight));
    const topicIds = [...new Set(told.ended.map(({ topicId }) => topicId))].sort((a, b) => a - b);
    for (const topicId of topicIds) await this.settlement.advance(unit, topicId);
  }

  private accounts(): string[] {
    const beneficiaries = this.economy.vesting.flatMap(({ name, beneficiary }) => [
      vestingAccount(name),
      participantAccount(beneficiary),
    ]);
    return [MINT, TREASURY, REWARDS_POOL, EPOCH_REWARDS, VALIDATORS_POOL, ...new Set(beneficiaries)];
  }

  private look(): void {
    this.looking ??= this.catchUp()
      .catch((error: unknown) => this.log.warn({ error }, 'blocks that wait were not looked at'))
      .finally(() => (this.looking = undefined));
  }

  /** What is left when a transaction was full, and what nothing will come for any more. */
  private async catchUp(): Promise<void> {
    const count = await this.store.countWaiting(this.database.prisma);
    this.metrics.waitingBlocks.set(count);
    if (count === 0) return void (this.waiting = undefined);
    const advance = async (unit: UnitOfWork) => {
      await this.books.lock(unit.tx);
      const isFull = await this.advance(unit);
      if (!isFull) await this.giveUpOverdue(unit);
      return isFull;
    };
    while (this.timer !== undefined && (await this.bus.transaction({}, advance)));
  }

  /** One topic whose scores never come must not keep what all others earn: the blocks go on without it, and say so. */
  private async giveUpOverdue(unit: UnitOfWork): Promise<void> {
    const head = await this.store.head(unit.tx);
    const turn = nextTurn(head);
    if (head.toldId === undefined || turn.kind !== 'wait') return void (this.waiting = undefined);
    const nowMs = performance.now();
    if (this.waiting?.toldId !== head.toldId) this.waiting = { toldId: head.toldId, sinceMs: nowMs };
    if (nowMs - this.waiting.sinceMs < this.config.blockPatienceMs) return;
    const { unpaid, sets, topics } = turn;
    await this.store.giveUp(unit.tx, [...unpaid, ...sets, ...topics]);
    await this.advance(unit);
    unit.afterCommit(() => {
      this.metrics.overdueEpochs.inc(new Set([...unpaid, ...sets, ...topics].map(nameOf)).size);
      this.log.error({ unpaid, sets, topics }, 'blocks go on without what they have waited for');
    });
  }
}
