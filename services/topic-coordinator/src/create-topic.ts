import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import { continuedAt } from '@allora/protocol/epoch/timetable';
import type { TopicForm } from '@allora/public-api/topic-commands';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Database } from '@allora/store/database';
import { Inject, Injectable } from '@nestjs/common';
import { ClockStore } from './clock.store';
import { CommandsStore, type TopicCommand } from './commands.store';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import { Fees } from './fees';
import { TopicCoordinatorMetrics } from './metrics';
import { proven } from './signed-command';
import { TimetablesStore } from './timetables.store';
import { refuseLossMethod, refuseParams } from './topic-rules';
import { TopicsStore } from './topics.store';

/** Creations take turns under a key of their own, so that ids run without gaps. */
const TURN_KEY = 'topics';

/** A topic is active at once; its first epoch's nonce is the first height after the one it was created at. */
@Injectable()
export class CreateTopic {
  constructor(
    @Inject(TOPIC_COORDINATOR_CONFIG) private readonly config: TopicCoordinatorConfig,
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly database: Database,
    private readonly topics: TopicsStore,
    private readonly timetables: TimetablesStore,
    private readonly commands: CommandsStore,
    private readonly clock: ClockStore,
    private readonly fees: Fees,
    private readonly metrics: TopicCoordinatorMetrics,
  ) {}

  async create(form: TopicForm): Promise<{ topic: Topic; created: boolean }> {
    refuseParams(form.params);
    refuseLossMethod(form.lossMethod);
    const { creator, metadata, lossMethod, params, requestId, publicKey, signature } = form;
    const body = {
      $case: 'topicCreation',
      value: { creator, metadata, lossMethod, params, requestId },
    } as const;
    const { hash, signed } = proven({
      ...{ chainId: this.config.chainId, author: creator, body, publicKey, signature },
    });
    const command = { author: creator, requestId, hash };
    const first = await this.commands.answer(this.database.prisma, command, Topic);
    if (first) return { topic: first, created: false };
    const feeUallo = await this.fees.charge(signed);
    const answer = await this.bus.transaction({ key: TURN_KEY }, (unit) =>
      this.apply(form, command, feeUallo, unit),
    );
    if (answer.created) this.metrics.topics.inc();
    return answer;
  }

  private async apply(
    { creator, metadata, lossMethod, params }: TopicForm,
    command: TopicCommand,
    creationFeeUallo: string | undefined,
    unit: UnitOfWork,
  ) {
    const first = await this.commands.answer(unit.tx, command, Topic);
    if (first) return { topic: first, created: false };
    const createdHeight = await this.clock.heldHeight(unit.tx);
    const id = await this.topics.nextId(unit.tx);
    const topic = {
      ...{ id, creator, metadata, lossMethod, params, active: true, createdHeight, creationFeeUallo },
    };
    await this.topics.add(unit.tx, topic);
    const none = { toldHeight: createdHeight, timetable: [] };
    await this.timetables.replace(unit.tx, id, none, continuedAt([], createdHeight, params));
    await this.commands.add(unit.tx, command, id, Topic.toJSON(topic));
    await unit.publish(busTopics.topics, topic);
    return { topic, created: true };
  }
}
