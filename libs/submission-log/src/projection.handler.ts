import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import type { SubmissionRecord } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { EpochEvent, Registration, Topic } from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Submission, SubmissionKind } from './kind';
import type { KnownFacts } from './known-facts';
import type { ProjectionStore } from './projection.store';

/** Follows the coordinator. When a window closes it puts the seal on the submissions log, behind all that was accepted. */
export class ProjectionHandler<P extends Submission, S> {
  constructor(
    private readonly kind: SubmissionKind<P, S>,
    private readonly projection: ProjectionStore,
    private readonly known: KnownFacts,
  ) {}

  attach(bus: ServiceBus): void {
    bus.on(busTopics.topics, (topic, unit) => this.onTopic(topic, unit));
    bus.on(busTopics.registrations, (registration, unit) => this.onRegistration(registration, unit));
    bus.on(busTopics.epochs, (event, unit) => this.onEpoch(event, unit));
  }

  private async onTopic({ id, params }: Topic, { tx }: UnitOfWork): Promise<void> {
    if (params) await this.projection.addTopic(tx, id, params);
  }

  private async onRegistration({ topicId, address, role }: Registration, { tx }: UnitOfWork): Promise<void> {
    if (role === this.kind.role) await this.projection.addRegistration(tx, topicId, address);
  }

  private async onEpoch(event: EpochEvent, unit: UnitOfWork): Promise<void> {
    if (event.phase === this.kind.phases.opened) await this.projection.openWindow(unit.tx, event);
    if (event.phase !== this.kind.phases.closed) return;
    this.known.noteClosed(event);
    await this.projection.closeWindow(unit.tx, event);
    await unit.publish(this.kind.log, sealOf(event));
  }
}

const sealOf = ({ topicId, nonce, settledNonce, params, height }: EpochEvent): SubmissionRecord => ({
  record: { $case: 'seal', value: { topicId, nonce, settledNonce, params, closedHeight: height } },
});
