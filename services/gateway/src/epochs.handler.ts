import type { Delivery, ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { type BusTopic, busTopics } from '@allora/contracts/catalog';
import { EpochEvent } from '@allora/contracts/gen/allora/topics/v1/topics';
import { Clock } from '@allora/service-kit/clock';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import type { Tx } from '@allora/store/database';
import { Inject, Injectable } from '@nestjs/common';
import { TopicTotalsStore } from './compat/topic-totals.store';
import { EpochWaits } from './epoch-waits';
import { FactsStore } from './facts.store';
import { HistoryStore } from './history/history.store';
import { LatestInferences } from './latest-inferences';
import { GatewayMetrics } from './metrics';
import { ParticipantsStore } from './participants.store';
import { type FactKind, hasValue, phaseKindOf } from './proto';
import { PurchasesStore } from './purchases/purchases.store';
import { ShadowsStore } from './shadows.store';
import { StreamHub } from './streams/stream-hub';
import { TopicsStore } from './topics.store';

interface EpochMessage {
  readonly topicId: number;
  readonly nonce: number;
}

/** Keeps every fact of an epoch as it was told, and what follows from it. */
@Injectable()
export class EpochsHandler {
  constructor(
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly facts: FactsStore,
    private readonly topics: TopicsStore,
    participants: ParticipantsStore,
    shadows: ShadowsStore,
    totals: TopicTotalsStore,
    private readonly latest: LatestInferences,
    private readonly waits: EpochWaits,
    private readonly metrics: GatewayMetrics,
    private readonly streams: StreamHub,
    purchases: PurchasesStore,
    clock: Clock,
    history: HistoryStore,
  ) {
    this.onResult(busTopics.networkInferences, 'inference', async (tx, inference, producedAtMs) => {
      await participants.applyInference(tx, inference);
      await shadows.addAnswers(tx, inference);
      if (!hasValue(inference)) return;
      await history.add(tx, inference, producedAtMs);
      const { topicId, nonce } = inference;
      await purchases.wake(tx, topicId, clock.nowMs());
      if (await topics.recordInference(tx, topicId, nonce)) await latest.refresh(tx, topicId);
    });
    this.onResult(busTopics.networkLosses, 'losses', (tx, losses) => shadows.addLosses(tx, losses));
    this.onResult(busTopics.epochScores, 'scores', (tx, scores) => participants.applyScores(tx, scores));
    this.onResult(busTopics.epochRewards, 'rewards', async (tx, rewards, producedAtMs) => {
      await participants.addPayments(tx, rewards);
      await totals.addPayments(tx, rewards, producedAtMs);
    });
    bus.on(busTopics.epochs, (event, unit, delivery) => this.phase(unit, event, delivery));
  }

  private onResult<T extends EpochMessage>(
    topic: BusTopic<T>,
    kind: FactKind,
    apply: (tx: Tx, message: T, producedAtMs: number) => Promise<void>,
  ): void {
    this.bus.on(topic, async (message, unit, delivery) => {
      if (await this.keep(unit, kind, topic.message.encode(message).finish(), delivery))
        await apply(unit.tx, message, delivery.producedAtMs);
    });
  }

  private async phase(unit: UnitOfWork, event: EpochEvent, delivery: Delivery<EpochEvent>): Promise<void> {
    const kind = phaseKindOf(event);
    const { tx } = unit;
    if (!kind || !(await this.keep(unit, kind, EpochEvent.encode(event).finish(), delivery))) return;
    await this.topics.saveWindow(tx, event);
    // Of the latest inference's own epoch, or of a later one: then it tells how far behind that inference is.
    const { topicId, nonce } = event;
    const latestNonce = await this.topics.latestNonce(topicId, tx);
    if (latestNonce !== null && latestNonce <= nonce) await this.latest.refresh(tx, topicId);
  }

  /** False when the fact was kept before. */
  private async keep(
    unit: UnitOfWork,
    kind: FactKind,
    message: Uint8Array,
    { message: { topicId, nonce }, producedAtMs }: Delivery<EpochMessage>,
  ): Promise<boolean> {
    const kept = await this.facts.add(unit.tx, { topicId, nonce, kind, message, producedAtMs });
    if (!kept) return false;
    this.metrics.facts.inc({ kind });
    unit.afterCommit(() => {
      this.streams.announce({ topicId, nonce, kind });
      void this.waits.tell(topicId, nonce);
    });
    return true;
  }
}
