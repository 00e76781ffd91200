import type { UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import type { EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import {
  delegatorRewardsAccount,
  DUST,
  EPOCH_REWARDS,
  participantAccount,
  REWARDS_POOL,
  stakeAccount,
  TREASURY,
} from '@allora/protocol/economy/accounts';
import { emissionKey, type EpochEmission } from '@allora/protocol/economy/book';
import { settleEpoch, takeSnapshot } from '@allora/protocol/economy/settle-epoch';
import type { RolePayment } from '@allora/protocol/epoch/epoch-payout';
import { DEFAULT_PARAMS } from '@allora/protocol/params';
import { truncateToBigint } from '@allora/protocol/uallo';
import { Log } from '@allora/service-kit/log';
import { Injectable } from '@nestjs/common';
import { BookStore } from './book.store';
import { wants } from './book-wants';
import { ConservationCheck } from './conservation';
import { type EpochPayout, payEpoch, scoredIds } from './epoch-payout';
import { LedgerStore } from './ledger.store';
import { RewardsMetrics } from './metrics';
import { epochRewardsOf, snapshotOf } from './proto';
import { SettledEpochsStore, stateOf } from './settled-epochs.store';
import { type Progress, SettlementStore, type SnapshotRequest } from './settlement.store';
import { TurnsStore } from './turns.store';

const isPaid = (progress: Progress, nonce: number | undefined): boolean =>
  nonce === undefined || (progress.paidNonce !== undefined && progress.paidNonce >= nonce);

/** Takes every step of a topic that has become possible, in nonce order: stake snapshots and epoch payments. */
@Injectable()
export class Settlement {
  constructor(
    private readonly store: SettlementStore,
    private readonly settled: SettledEpochsStore,
    private readonly turns: TurnsStore,
    private readonly books: BookStore,
    private readonly ledger: LedgerStore,
    private readonly conservation: ConservationCheck,
    private readonly metrics: RewardsMetrics,
    private readonly log: Log,
  ) {}

  /** In a transaction that holds the ledger. */
  async advance(unit: UnitOfWork, topicId: number): Promise<void> {
    for (;;) {
      const progress = await this.store.progress(unit.tx, topicId);
      // Before any payment: a snapshot holds the rewards of its settled epoch and nothing later.
      for (const request of await this.store.pendingSnapshots(unit.tx, topicId)) {
        if (isPaid(progress, request.settledNonce)) await this.takeSnapshot(unit, topicId, request);
      }
      const next = await this.store.nextScores(unit.tx, topicId);
      if (next?.emissionUallo === undefined || !isPaid(progress, next.scores.settledNonce)) return;
      // The scores may outrun the clock's log here. All snapshots due before this payment stand there before its close.
      if (progress.closedNonce === undefined || progress.closedNonce < next.scores.nonce) return;
      await this.pay(unit, next.scores, next.emissionUallo);
    }
  }

  private async takeSnapshot(unit: UnitOfWork, topicId: number, { nonce }: SnapshotRequest): Promise<void> {
    const stakes = await this.ledger.stakesOfTopic(topicId, unit.tx);
    const book = await this.books.load(unit.tx, wants({ topics: [topicId] }));
    takeSnapshot(book, topicId, nonce);
    await this.books.save(unit.tx, book);
    await this.store.forgetSnapshot(unit.tx, topicId, nonce);
    await unit.publish(busTopics.stakeSnapshots, snapshotOf(topicId, nonce, stakes));
    this.metrics.snapshots.inc();
  }

  private async pay(unit: UnitOfWork, scores: EpochScores, emissionUallo: bigint): Promise<void> {
    const { topicId, nonce } = scores;
    const state = await this.store.rewardState(unit.tx, topicId, scoredIds(scores));
    const payout = payEpoch({ scores, state, emissionUallo });
    await this.store.saveScoreLists(unit.tx, scores, payout.ownScores, DEFAULT_PARAMS.maxSamples);
    if (payout.kind === 'paid') await this.store.saveRewardState(unit.tx, topicId, payout.next);
    await this.move(unit, scores, payout);
    await this.store.forgetScores(unit.tx, topicId, nonce);
    await this.turns.forgetUnpaid(unit.tx, topicId, nonce);
    const rewards = epochRewardsOf(scores, payout, emissionUallo);
    const reason =
      payout.kind === 'undefined'
        ? { reason: { code: payout.reason.code, message: payout.reason.message } }
        : {};
    await this.settled.save(unit.tx, {
      result: payout.kind,
      scores,
      state: { ...stateOf(state), ...reason },
      rewards,
    });
    await unit.publish(busTopics.epochRewards, rewards);
    this.count(scores, payout);
    this.conservation.soon();
  }

  /** Everything that the epoch pays, keeps and gives back, in one transfer. */
  private async move(unit: UnitOfWork, scores: EpochScores, payout: EpochPayout): Promise<void> {
    const { topicId, nonce } = scores;
    const { payments, dustUallo } = payout.kind === 'paid' ? payout : { payments: [], dustUallo: 0n };
    const book = await this.books.load(
      unit.tx,
      wants({
        accounts: accountsOf(topicId, payments),
        topics: [topicId],
        pools: payments
          .filter(({ delegatorsUallo }) => delegatorsUallo > 0n)
          .map(({ participant }) => ({ topicId, reputer: participant })),
        owed: payments.map(({ participant }) => ({ topicId, address: participant })),
        emissions: [{ topicId, nonce }],
      }),
    );
    if (!book.emissions.get(emissionKey(topicId, nonce)))
      book.emissions.set(emissionKey(topicId, nonce), nothingSetAside(scores));
    const reputersTaskUallo = payout.kind === 'paid' ? truncateToBigint(payout.core.reputerTaskReward) : 0n;
    const settlement = { topicId, nonce, payments, dustUallo, reputersTaskUallo };
    settleEpoch(book, settlement, `epoch-rewards:${topicId}:${nonce}`);
    await this.books.save(unit.tx, book);
    this.metrics.countTransfers(book.transfers);
  }

  private count({ topicId, nonce }: EpochScores, payout: EpochPayout): void {
    this.metrics.epochs.inc({ result: payout.kind });
    if (payout.kind === 'undefined') {
      const { code, message } = payout.reason;
      this.log.warn(
        { topicId, nonce, code, reason: message },
        'epoch has no defined rewards: nothing is paid',
      );
    }
    if (payout.kind !== 'paid') return;
    for (const { role, amountUallo, delegatorsUallo } of payout.payments) {
      this.metrics.paid.inc({ role }, Number(amountUallo));
      if (delegatorsUallo > 0n) this.metrics.paid.inc({ role: 'delegator' }, Number(delegatorsUallo));
    }
  }
}

const nothingSetAside = ({ topicId, nonce, params }: EpochScores): EpochEmission => ({
  topicId,
  nonce,
  height: 0,
  epochLengthBlocks: params?.epochLengthBlocks ?? 1,
  weight: 0,
  totalWeight: 0,
  blockEmissionUallo: 0n,
  amountUallo: 0n,
});

const accountsOf = (topicId: number, payments: readonly RolePayment[]): string[] => [
  ...new Set([
    EPOCH_REWARDS,
    REWARDS_POOL,
    TREASURY,
    DUST,
    ...payments.flatMap(({ participant, role }) =>
      role === 'reputer'
        ? [stakeAccount(topicId, participant), delegatorRewardsAccount(topicId, participant)]
        : [participantAccount(participant)],
    ),
  ]),
];
