import type { UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import type { EpochScores } from '@allora/contracts/gen/allora/reputation/v1/reputation';
import { DEFAULT_PARAMS } from '@allora/protocol/params';
import { Log } from '@allora/service-kit/log';
import { Inject, Injectable } from '@nestjs/common';
import { REWARDS_CONFIG, type RewardsConfig } from './config';
import { type EpochPayout, payEpoch, scoredIds } from './epoch-payout';
import { LedgerStore } from './ledger.store';
import { RewardsMetrics } from './metrics';
import { epochRewardsOf, epochTransfer, snapshotOf } from './proto';
import { type Progress, SettlementStore, type SnapshotRequest } from './settlement.store';

const isPaid = (progress: Progress, nonce: number | undefined): boolean =>
  nonce === undefined || (progress.paidNonce !== undefined && progress.paidNonce >= nonce);

/** Takes every step of a topic that has become possible, in nonce order: stake snapshots and epoch payments. */
@Injectable()
export class Settlement {
  constructor(
    @Inject(REWARDS_CONFIG) private readonly config: RewardsConfig,
    private readonly store: SettlementStore,
    private readonly ledger: LedgerStore,
    private readonly metrics: RewardsMetrics,
    private readonly log: Log,
  ) {}

  async advance(unit: UnitOfWork, topicId: number): Promise<void> {
    for (;;) {
      const progress = await this.store.progress(unit.tx, topicId);
      // Before any payment: a snapshot holds the rewards of its settled epoch and nothing later.
      for (const request of await this.store.pendingSnapshots(unit.tx, topicId)) {
        if (isPaid(progress, request.settledNonce)) await this.takeSnapshot(unit, topicId, request);
      }
      const scores = await this.store.nextScores(unit.tx, topicId);
      if (!scores || !isPaid(progress, scores.settledNonce)) return;
      // The scores may outrun the clock's log here. All snapshots due before this payment stand there before its close.
      if (progress.closedNonce === undefined || progress.closedNonce < scores.nonce) return;
      await this.pay(unit, scores);
    }
  }

  private async takeSnapshot(unit: UnitOfWork, topicId: number, { nonce }: SnapshotRequest): Promise<void> {
    const stakes = await this.ledger.stakesOfTopic(unit.tx, topicId);
    await this.store.snapshotTaken(unit.tx, topicId, nonce);
    await unit.publish(busTopics.stakeSnapshots, snapshotOf(topicId, nonce, stakes));
    this.metrics.snapshots.inc();
  }

  private async pay(unit: UnitOfWork, scores: EpochScores): Promise<void> {
    const { topicId, nonce } = scores;
    const state = await this.store.rewardState(unit.tx, topicId, scoredIds(scores));
    const payout = payEpoch({
      scores,
      state,
      emissionUalloPerBlock: BigInt(this.config.emissionUalloPerBlock),
    });
    await this.store.saveScoreLists(unit.tx, scores, payout.ownScores, DEFAULT_PARAMS.maxSamples);
    if (payout.kind === 'paid') {
      await this.store.saveRewardState(unit.tx, topicId, payout.next);
      if (payout.emissionUallo > 0n) await this.ledger.post(unit.tx, epochTransfer(scores, payout));
    }
    await this.store.recordPaid(unit.tx, topicId, nonce);
    await unit.publish(busTopics.epochRewards, epochRewardsOf(scores, payout));
    this.count(scores, payout);
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
    this.metrics.transfers.inc({ kind: 'epoch-rewards' });
    for (const { role, amountUallo } of payout.payments) this.metrics.paid.inc({ role }, Number(amountUallo));
  }
}
