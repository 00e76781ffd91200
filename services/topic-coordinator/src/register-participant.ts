import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { RefusalError } from '@allora/contracts/errors';
import { Registration } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { RegistrationForm } from '@allora/public-api/topic-commands';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Database, type Tx } from '@allora/store/database';
import { Inject, Injectable } from '@nestjs/common';
import { ClockStore } from './clock.store';
import { CommandsStore, type TopicCommand } from './commands.store';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import { Fees } from './fees';
import { TopicCoordinatorMetrics } from './metrics';
import { roleNames } from './proto';
import { RegistrationsStore } from './registrations.store';
import { proven } from './signed-command';
import { unknownTopic } from './topic-rules';
import { TopicsStore } from './topics.store';

interface Wanted extends Omit<Registration, 'height'> {
  /** Absent without a request id: such a command registers, and changes nothing later. */
  readonly command: TopicCommand | undefined;
}

interface Answer {
  readonly registration: Registration;
  readonly created: boolean;
}

@Injectable()
export class RegisterParticipant {
  constructor(
    @Inject(TOPIC_COORDINATOR_CONFIG) private readonly config: TopicCoordinatorConfig,
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly database: Database,
    private readonly topics: TopicsStore,
    private readonly registrations: RegistrationsStore,
    private readonly commands: CommandsStore,
    private readonly fees: Fees,
    private readonly clock: ClockStore,
    private readonly metrics: TopicCoordinatorMetrics,
  ) {}

  async register(topicId: number, form: RegistrationForm): Promise<Answer> {
    const { address, shadow, requestId = '', publicKey, signature } = form;
    const role = roleNames[form.role];
    const body = {
      $case: 'registration',
      value: { topicId, address, role, shadow, requestId },
    } as const;
    const { hash, signed } = proven({
      ...{ chainId: this.config.chainId, author: address, body, publicKey, signature },
    });
    const command = requestId ? { author: address, requestId, hash } : undefined;
    const wanted = { topicId, address, role, shadow, command };
    const { prisma } = this.database;
    const answered = await this.answered(prisma, wanted);
    if (answered) return { registration: answered, created: false };
    // Once for all: another standing costs nothing more.
    if (!(await this.registrations.find(prisma, wanted))) await this.fees.charge(signed);
    const answer = await this.bus.transaction({ key: String(topicId) }, (unit) => this.apply(wanted, unit));
    if (answer.created) this.metrics.registrations.inc({ role: form.role });
    return answer;
  }

  /** What the same command was answered, or what stands where nothing more is asked for; a refusal where it cannot be applied. */
  private async answered(tx: Tx, wanted: Wanted): Promise<Registration | undefined> {
    const { topicId, shadow, command } = wanted;
    if (!(await this.topics.find(tx, topicId))) throw unknownTopic(topicId);
    const first = command && (await this.commands.answer(tx, command, Registration));
    if (first) return first;
    const standing = await this.registrations.find(tx, wanted);
    if (standing && standing.shadow !== shadow && !command) throw otherStanding(standing);
    if (shadow && !standing?.shadow) await this.refuseOneTooMany(tx, topicId);
    return command ? undefined : standing;
  }

  private async apply(wanted: Wanted, unit: UnitOfWork): Promise<Answer> {
    const { tx } = unit;
    const answered = await this.answered(tx, wanted);
    if (answered) return { registration: answered, created: false };
    const standing = await this.registrations.find(tx, wanted);
    const { topicId, address, role, shadow, command } = wanted;
    const changes = standing?.shadow !== shadow;
    const registration =
      standing && !changes
        ? standing
        : { topicId, address, role, shadow, height: await this.clock.heldHeight(tx) };
    if (changes) await this.change(standing, registration, unit);
    if (command) await this.commands.add(tx, command, topicId, Registration.toJSON(registration));
    return { registration, created: !standing };
  }

  /** Only of workers that are or were shadows there is more to remember than how they stand now. */
  private async change(before: Registration | undefined, now: Registration, unit: UnitOfWork): Promise<void> {
    if (before) await this.registrations.noteStanding(unit.tx, before);
    if (before || now.shadow) await this.registrations.noteStanding(unit.tx, now);
    await this.registrations.put(unit.tx, now);
    await unit.publish(busTopics.registrations, now);
  }

  private async refuseOneTooMany(tx: Tx, topicId: number): Promise<void> {
    const { maxTopicShadows } = this.config;
    if ((await this.registrations.countShadows(tx, topicId)) < maxTopicShadows) return;
    throw new RefusalError('TOO_MANY_SHADOWS', `topic ${topicId} has ${maxTopicShadows} shadows already`, {
      ...{ topicId, maxTopicShadows },
    });
  }
}

const otherStanding = ({ topicId, address, shadow, height }: Registration): RefusalError => {
  const standing = shadow ? 'a shadow' : 'a worker';
  const detail = `${address} is ${standing} of topic ${topicId} since height ${height}; a change needs a request id`;
  return new RefusalError('OTHER_STANDING', detail, { topicId, shadow, height });
};
