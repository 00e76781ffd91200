import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import { RefusalError } from '@allora/contracts/errors';
import type { Registration } from '@allora/contracts/gen/allora/topics/v1/topics';
import { SERVICE_BUS } from '@allora/service-kit/tokens';
import { Inject, Injectable } from '@nestjs/common';
import { ClockStore } from './clock.store';
import { TOPIC_COORDINATOR_CONFIG, type TopicCoordinatorConfig } from './config';
import type { RegistrationForm } from './forms';
import { TopicCoordinatorMetrics } from './metrics';
import { roleNames } from './proto';
import { provenHash } from './signed-command';
import { TopicsStore } from './topics.store';

@Injectable()
export class RegisterParticipant {
  constructor(
    @Inject(TOPIC_COORDINATOR_CONFIG) private readonly config: TopicCoordinatorConfig,
    @Inject(SERVICE_BUS) private readonly bus: ServiceBus,
    private readonly topics: TopicsStore,
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
    provenHash({ chainId: this.config.chainId, author: address, body, publicKey, signature });
    const answer = await this.bus.transaction({ key: String(topicId) }, (unit) =>
      this.apply({ topicId, address, role, height: 0 }, unit),
    );
    if (answer.created) this.metrics.registrations.inc({ role: form.role });
    return answer;
  }

  private async apply(wanted: Registration, unit: UnitOfWork) {
    const { topicId, address, role } = wanted;
    if (!(await this.topics.find(unit.tx, topicId))) {
      throw new RefusalError('UNKNOWN_TOPIC', `there is no topic ${topicId}`, { topicId });
    }
    const known = await this.topics.findRegistration(unit.tx, topicId, address, role);
    if (known) return { registration: known, created: false };
    const registration = { ...wanted, height: await this.clock.heldHeight(unit.tx) };
    await this.topics.addRegistration(unit.tx, registration);
    await unit.publish(busTopics.registrations, registration);
    return { registration, created: true };
  }
}
