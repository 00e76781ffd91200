import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { RefusalError } from '@allora/contracts/errors';
import { RewardsService } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { reopenEpoch } from '@allora/protocol/epoch/reopening';
import { type GrpcClient, GrpcClients } from '@allora/service-kit/grpc-client';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Database } from '@allora/store/database';
import { Inject, Injectable } from '@nestjs/common';
import { ClockStore } from './clock.store';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import { EpochsStore } from './epochs.store';
import { TimetablesStore } from './timetables.store';
import { unknownTopic } from './topic-rules';
import { TopicsStore } from './topics.store';

interface Epoch {
  readonly topicId: number;
  readonly nonce: number;
}

export interface ReopenedView extends Epoch {
  /** Of the epoch in which its question is asked again. */
  readonly reopenedAs: number;
}

/** An operator has the question of an epoch asked again; which may be, the protocol's rule says. Once: a repeat answers the same. */
@Injectable()
export class ReopenEpoch {
  private readonly rewards: GrpcClient<typeof RewardsService>;

  constructor(
    @Inject(TOPIC_COORDINATOR_CONFIG) config: TopicCoordinatorConfig,
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly database: Database,
    private readonly topics: TopicsStore,
    private readonly epochs: EpochsStore,
    private readonly timetables: TimetablesStore,
    private readonly clock: ClockStore,
    clients: GrpcClients,
  ) {
    this.rewards = clients.connect(RewardsService, config.rewardsGrpcAddress);
  }

  async reopen(epoch: Epoch): Promise<ReopenedView> {
    await this.before(epoch, { tx: this.database.prisma });
    // A settled epoch stays what it is: what is heard here holds in the transaction too.
    const payment = await this.rewards.getEpochPayment(epoch);
    return this.bus.transaction({ key: String(epoch.topicId) }, (unit) => this.apply(epoch, payment, unit));
  }

  private async apply(
    epoch: Epoch,
    { settled, paid }: { readonly settled: boolean; readonly paid: boolean },
    unit: UnitOfWork,
  ): Promise<ReopenedView> {
    const { tx } = unit;
    const { topicId, nonce } = epoch;
    const { topic, reopenedAs } = await this.before(epoch, unit);
    if (reopenedAs !== null) return { ...epoch, reopenedAs };
    const height = await this.clock.heldHeight(tx);
    const held = await this.timetables.hold(tx, topicId);
    const given = { settled, paid, awake: topic.active };
    const answer = reopenEpoch(held.timetable, height, topic.params, given);
    if (answer.kind === 'refused') {
      const { reason } = answer;
      throw new RefusalError('EPOCH_STANDS', `epoch ${nonce} of topic ${topicId}: ${reason}`, {
        ...epoch,
        reason,
      });
    }
    await this.timetables.replace(tx, topicId, held, answer.timetable);
    await this.epochs.recordReopening(tx, topicId, nonce, answer.nonce);
    return { ...epoch, reopenedAs: answer.nonce };
  }

  private async before({ topicId, nonce }: Epoch, { tx }: Pick<UnitOfWork, 'tx'>) {
    const topic = await this.topics.find(tx, topicId);
    if (!topic) throw unknownTopic(topicId);
    const reopenedAs = await this.epochs.reopenedAs(tx, topicId, nonce);
    if (reopenedAs !== undefined) return { topic, reopenedAs };
    throw new RefusalError('UNKNOWN_EPOCH', `topic ${topicId} has no epoch ${nonce}`, { topicId, nonce });
  }
}
