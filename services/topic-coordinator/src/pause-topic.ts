import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import type { Topic, TopicParams } from '@allora/contracts/gen/allora/topics/v1/topics';
import { continuedAt, endedAt } from '@allora/protocol/epoch/timetable';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { ClockStore } from './clock.store';
import { TopicCoordinatorMetrics } from './metrics';
import { TimetablesStore } from './timetables.store';
import { unknownTopic } from './topic-rules';
import { TopicsStore } from './topics.store';

/** How an operator has it; `active` says whether epochs open. */
export interface PauseView {
  readonly topicId: number;
  readonly active: boolean;
  /** Null while it is not paused. */
  readonly pausedHeight: number | null;
}

/**
 * An operator's pause: no epoch of the topic opens, whatever it weighs. What is open runs to its end with all its turns, and is
 * paid. On again, it goes on as a topic that wakes up does: no epoch is gained by it, and none that was missed is made up for.
 */
@Injectable()
export class PauseTopic {
  constructor(
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly topics: TopicsStore,
    private readonly timetables: TimetablesStore,
    private readonly clock: ClockStore,
    private readonly metrics: TopicCoordinatorMetrics,
  ) {}

  /** Also of one that is paused already, which stays so from when it was. */
  pause(topicId: number): Promise<PauseView> {
    return this.change(topicId, async (topic, unit) => {
      const before = await this.topics.pauseOf(unit.tx, topicId);
      if (before) return view(topic, before.height);
      const height = await this.clock.heldHeight(unit.tx);
      await this.topics.setPause(unit.tx, topicId, { height, awake: topic.active });
      if (topic.active) await this.setActive({ ...topic, active: false }, height, unit);
      return view({ ...topic, active: false }, height);
    });
  }

  resume(topicId: number): Promise<PauseView> {
    return this.change(topicId, async (topic, unit) => {
      const pause = await this.topics.pauseOf(unit.tx, topicId);
      if (!pause) return view(topic, null);
      await this.topics.setPause(unit.tx, topicId, undefined);
      if (pause.awake)
        await this.setActive({ ...topic, active: true }, await this.clock.heldHeight(unit.tx), unit);
      return view({ ...topic, active: pause.awake }, null);
    });
  }

  private change<R>(
    topicId: number,
    work: (topic: Topic & { params: TopicParams }, unit: UnitOfWork) => Promise<R>,
  ): Promise<R> {
    return this.bus.transaction({ key: String(topicId) }, async (unit) => {
      const topic = await this.topics.find(unit.tx, topicId);
      if (!topic) throw unknownTopic(topicId);
      return work(topic, unit);
    });
  }

  private async setActive(
    topic: Topic & { params: TopicParams },
    height: number,
    unit: UnitOfWork,
  ): Promise<void> {
    const held = await this.timetables.hold(unit.tx, topic.id);
    const timetable = topic.active
      ? continuedAt(held.timetable, height, topic.params)
      : endedAt(held.timetable, height);
    await this.timetables.replace(unit.tx, topic.id, held, timetable);
    await this.topics.update(unit.tx, topic);
    await unit.publish(busTopics.topics, topic);
    this.metrics.changes.inc({ change: topic.active ? 'activated' : 'deactivated' });
  }
}

const view = ({ id, active }: Topic, pausedHeight: number | null): PauseView => ({
  topicId: id,
  active,
  pausedHeight,
});
