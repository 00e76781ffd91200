import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { RefusalError } from '@allora/contracts/errors';
import type { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { checkTopicParams } from '@allora/protocol/epoch/topic-params';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { ClockStore } from './clock.store';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import type { TopicForm } from './forms';
import { TopicCoordinatorMetrics } from './metrics';
import { provenHash } from './signed-command';
import { TopicsStore } from './topics.store';

/** Creations take turns under a key of their own, so that ids run without gaps. */
const TURN_KEY = 'topics';

/** A topic is active at once; its first epoch's nonce is the first height after the one it was created at. */
@Injectable()
export class CreateTopic {
  constructor(
    @Inject(TOPIC_COORDINATOR_CONFIG) private readonly config: TopicCoordinatorConfig,
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly topics: TopicsStore,
    private readonly clock: ClockStore,
    private readonly metrics: TopicCoordinatorMetrics,
  ) {}

  async create(form: TopicForm): Promise<{ topic: Topic; created: boolean }> {
    refuseParams(form);
    const { creator, metadata, lossMethod, params, requestId, publicKey, signature } = form;
    const body = {
      $case: 'topicCreation',
      value: { creator, metadata, lossMethod, params, requestId },
    } as const;
    const hash = provenHash({ chainId: this.config.chainId, author: creator, body, publicKey, signature });
    const answer = await this.bus.transaction({ key: TURN_KEY }, (unit) => this.apply(form, hash, unit));
    if (answer.created) this.metrics.topics.inc();
    return answer;
  }

  private async apply(form: TopicForm, hash: string, unit: UnitOfWork) {
    const { creator, metadata, lossMethod, params, requestId } = form;
    const command = { author: creator, requestId };
    const applied = await this.topics.appliedCommand(unit.tx, command);
    if (applied) return { topic: await this.first(applied, hash, requestId, unit), created: false };
    const createdHeight = await this.clock.heldHeight(unit.tx);
    const id = await this.topics.nextId(unit.tx);
    const topic = { id, creator, metadata, lossMethod, params, active: true, createdHeight };
    await this.topics.add(unit.tx, topic, createdHeight + 1);
    await this.topics.addCommand(unit.tx, command, hash, id);
    await unit.publish(busTopics.topics, topic);
    return { topic, created: true };
  }

  private async first(
    applied: { topicId: number; hash: string },
    hash: string,
    requestId: string,
    unit: UnitOfWork,
  ) {
    if (applied.hash !== hash) {
      const detail = `request id ${requestId} has made topic ${applied.topicId} from other fields`;
      throw new RefusalError('CONFLICTING_REPEAT', detail, { topicId: applied.topicId });
    }
    const topic = await this.topics.find(unit.tx, applied.topicId);
    if (!topic) throw new Error(`topic ${applied.topicId} is gone`);
    return topic;
  }
}

function refuseParams({ params }: TopicForm): void {
  const verdict = checkTopicParams(params);
  if (verdict.verdict === 'accepted') return;
  const told = verdict.violations.map(({ field, value, bound }) => `${field} is ${value}, expected ${bound}`);
  throw new RefusalError(verdict.code, told.join('; '), { violations: verdict.violations });
}
