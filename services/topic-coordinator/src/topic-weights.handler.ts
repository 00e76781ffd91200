import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import type { TopicWeight } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { continuedAt, endedAt } from '@allora/protocol/epoch/timetable';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { ClockStore } from './clock.store';
import { TopicCoordinatorMetrics } from './metrics';
import { TimetablesStore } from './timetables.store';
import { TopicsStore } from './topics.store';

/** Topics go to sleep and wake up with their weight in the economy. */
@Injectable()
export class TopicWeightsHandler {
  constructor(
    @Inject(SERVICE_BUS) bus: ServiceBus,
    private readonly topics: TopicsStore,
    private readonly timetables: TimetablesStore,
    private readonly clock: ClockStore,
    private readonly metrics: TopicCoordinatorMetrics,
  ) {
    bus.on(busTopics.topicWeights, (weight, unit) => this.onWeight(weight, unit));
  }

  private async onWeight(weight: TopicWeight, unit: UnitOfWork): Promise<void> {
    const { tx } = unit;
    const { topicId, active } = weight;
    const topic = await this.topics.find(tx, topicId);
    if (!topic) throw new Error(`weight of topic ${topicId}, which does not exist`);
    const latest = await this.topics.noteWeight(tx, topicId, weight.height);
    if (!latest) return;
    const pause = await this.topics.pauseOf(tx, topicId);
    if (pause) return this.topics.setPause(tx, topicId, { ...pause, awake: active });
    if (active === topic.active) return;
    const height = await this.clock.heldHeight(tx);
    const held = await this.timetables.hold(tx, topicId);
    const timetable = active
      ? continuedAt(held.timetable, height, topic.params)
      : endedAt(held.timetable, height);
    await this.timetables.replace(tx, topicId, held, timetable);
    const changed = { ...topic, active };
    await this.topics.update(tx, changed);
    await unit.publish(busTopics.topics, changed);
    this.metrics.changes.inc({ change: active ? 'activated' : 'deactivated' });
  }
}
