import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { RefusalError } from '@allora/contracts/errors';
import { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { continuedAt, nextQuietHeight } from '@allora/protocol/epoch/timetable';
import type { TopicChangeForm } from '@allora/public-api/topic-commands';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { ClockStore } from './clock.store';
import { CommandsStore, type TopicCommand } from './commands.store';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import { TopicCoordinatorMetrics } from './metrics';
import { proven } from './signed-command';
import { type HeldTimetable, TimetablesStore } from './timetables.store';
import { refuseLossMethod, refuseParams, unknownTopic } from './topic-rules';
import { TopicsStore } from './topics.store';

/** A creator's change of its topic's settings, for the epochs that open after it. */
@Injectable()
export class ChangeTopic {
  constructor(
    @Inject(TOPIC_COORDINATOR_CONFIG) private readonly config: TopicCoordinatorConfig,
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly topics: TopicsStore,
    private readonly timetables: TimetablesStore,
    private readonly commands: CommandsStore,
    private readonly clock: ClockStore,
    private readonly metrics: TopicCoordinatorMetrics,
  ) {}

  async change(topicId: number, form: TopicChangeForm): Promise<Topic> {
    const { creator, requestId, metadata, lossMethod, params, publicKey, signature } = form;
    const body = {
      $case: 'topicChange',
      value: { creator, requestId, topicId, metadata, lossMethod, params },
    } as const;
    const { hash } = proven({ chainId: this.config.chainId, author: creator, body, publicKey, signature });
    const command = { author: creator, requestId, hash };
    const answer = await this.bus.transaction({ key: String(topicId) }, (unit) =>
      this.apply(topicId, form, command, unit),
    );
    if (answer.changed) this.metrics.changes.inc({ change: 'settings' });
    return answer.topic;
  }

  private async apply(topicId: number, form: TopicChangeForm, command: TopicCommand, unit: UnitOfWork) {
    const { tx } = unit;
    const first = await this.commands.answer(tx, command, Topic);
    if (first) return { topic: first, changed: false };
    const topic = await this.topics.find(tx, topicId);
    if (!topic) throw unknownTopic(topicId);
    if (topic.creator !== form.creator) {
      throw new RefusalError('NOT_THE_CREATOR', `topic ${topicId} was created by another account`, {
        topicId,
      });
    }
    const { metadata = topic.metadata, lossMethod = topic.lossMethod } = form;
    const changed = { ...topic, metadata, lossMethod, params: { ...topic.params, ...form.params } };
    refuseParams(changed.params);
    if (form.lossMethod !== undefined) refuseLossMethod(form.lossMethod);
    const height = await this.clock.heldHeight(tx);
    const held = await this.timetables.hold(tx, topicId);
    refuseOpenWindow(topicId, height, held);
    // A topic that sleeps begins with its settings when it wakes up.
    if (form.params && topic.active) {
      const timetable = continuedAt(held.timetable, height, changed.params);
      await this.timetables.replace(tx, topicId, held, timetable);
    }
    await this.topics.update(tx, changed);
    await this.commands.add(tx, command, topicId, Topic.toJSON(changed));
    await unit.publish(busTopics.topics, changed);
    return { topic: changed, changed: true };
  }
}

/** By the heights alone: a turn that is due and not told yet counts as told. */
function refuseOpenWindow(topicId: number, height: number, { timetable }: HeldTimetable): void {
  const nextHeight = nextQuietHeight(timetable, height);
  if (nextHeight === height) return;
  if (nextHeight !== undefined) {
    const detail = `a window of topic ${topicId} is open at height ${height}; at ${nextHeight} none is`;
    throw new RefusalError('WINDOW_OPEN', detail, { topicId, height, nextHeight });
  }
  const detail =
    `a window of topic ${topicId} is open at every height: one always opens before the last one closes; ` +
    'its settings can change only when it is inactive and its epochs are over';
  throw new RefusalError('WINDOW_OPEN', detail, { topicId, height });
}
