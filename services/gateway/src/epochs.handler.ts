import type { Delivery, ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { type BusTopic, busTopics } from '@allora/contracts/catalog';
import { NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { EpochEvent } from '@allora/contracts/gen/allora/topics/v1/topics';
import { Clock } from '@allora/service-kit/clock';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import type { Tx } from '@allora/store/database';
import { Inject, Injectable } from '@nestjs/common';
import { TopicTotalsStore } from './compat/topic-totals.store';
import { EpochWaits } from './epoch-waits';
import { FactsStore, type NewFact } from './facts.store';
import { InferencesStore } from './inferences.store';
import { LatestInferences } from './latest-inferences';
import { GatewayMetrics } from './metrics';
import { ParticipantsStore } from './participants.store';
import { type FactKind, phaseKindOf } from './proto';
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
    clock: Clock,
    inferences: InferencesStore,
  ) {
    bus.on(busTopics.networkInferences, async (inference, unit, delivery) => {
      const fact = factOf('inference', NetworkInference.encode(inference).finish(), delivery);
      const kept = await inferences.keep(unit.tx, { inference, fact, nowMs: clock.nowMs() });
      if (!kept) return;
      this.tellKept(unit, fact);
      if (kept.latest) await latest.tell(kept.latest);
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
    delivery: Delivery<EpochMessage>,
  ): Promise<boolean> {
    const fact = factOf(kind, message, delivery);
    if (!(await this.facts.add(unit.tx, fact))) return false;
    this.tellKept(unit, fact);
    return true;
  }

  private tellKept(unit: UnitOfWork, fact: NewFact): void {
    const { topicId, nonce, kind } = fact;
    this.metrics.facts.inc({ kind });
    unit.afterCommit(() => {
      this.streams.announce(fact);
      void this.waits.tell(topicId, nonce);
    });
  }
}

const factOf = (
  kind: FactKind,
  message: Uint8Array,
  { message: { topicId, nonce }, producedAtMs }: Delivery<EpochMessage>,
): NewFact => ({ topicId, nonce, kind, message, producedAtMs });
