import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import type { Registration } from '@allora/contracts/gen/allora/topics/v1/topics';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Database, type Tx } from '@allora/store/database';
import { Inject, Injectable } from '@nestjs/common';
import { ClockStore } from './clock.store';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import { Fees } from './fees';
import type { RegistrationForm } from './forms';
import { TopicCoordinatorMetrics } from './metrics';
import { roleNames } from './proto';
import { proven } from './signed-command';
import { unknownTopic } from './topic-rules';
import { TopicsStore } from './topics.store';

@Injectable()
export class RegisterParticipant {
  constructor(
    @Inject(TOPIC_COORDINATOR_CONFIG) private readonly config: TopicCoordinatorConfig,
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly database: Database,
    private readonly topics: TopicsStore,
    private readonly fees: Fees,
    private readonly clock: ClockStore,
    private readonly metrics: TopicCoordinatorMetrics,
  ) {}

  async register(
    topicId: number,
    form: RegistrationForm,
  ): Promise<{ registration: Registration; created: boolean }> {
    const { address, publicKey, signature } = form;
    const role = roleNames[form.role];
    const body = { $case: 'registration', value: { topicId, address, role } } as const;
    const { signed } = proven({ chainId: this.config.chainId, author: address, body, publicKey, signature });
    const known = await this.known(this.database.prisma, body.value);
    if (known) return { registration: known, created: false };
    await this.fees.charge(signed);
    const answer = await this.bus.transaction({ key: String(topicId) }, (unit) =>
      this.apply({ topicId, address, role, height: 0 }, unit),
    );
    if (answer.created) this.metrics.registrations.inc({ role: form.role });
    return answer;
  }

  private async known(tx: Tx, { topicId, address, role }: Omit<Registration, 'height'>) {
    if (!(await this.topics.find(tx, topicId))) throw unknownTopic(topicId);
    return this.topics.findRegistration(tx, topicId, address, role);
  }

  private async apply(wanted: Registration, unit: UnitOfWork) {
    const known = await this.known(unit.tx, wanted);
    if (known) return { registration: known, created: false };
    const registration = { ...wanted, height: await this.clock.heldHeight(unit.tx) };
    await this.topics.addRegistration(unit.tx, registration);
    await unit.publish(busTopics.registrations, registration);
    return { registration, created: true };
  }
}
