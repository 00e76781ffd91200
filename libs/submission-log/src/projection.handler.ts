import type { ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import { busTopics } from '@allora/contracts/catalog';
import type { SubmissionRecord } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import {
  type EpochEvent,
  EpochPhase,
  type Registration,
  type Topic,
} from '@allora/contracts/gen/allora/topics/v1/topics';
import type { Submission, SubmissionKind } from './kind';
import type { KnownFacts } from './known-facts';
import type { ProjectionStore } from './projection.store';

/**
 * Follows the coordinator. When a window closes it puts the seal on the submissions log, behind all
 * that was accepted; when reveals begin, the seal of commitments.
 */
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
    const { phases, committedBody } = this.kind;
    if (event.phase === phases.opened) await this.projection.moveWindow(unit.tx, event, 'OPEN');
    if (event.phase === EpochPhase.REVEAL_WINDOW_OPENED && committedBody !== undefined)
      await this.endStage(event, 'COMMITTED', commitmentsSealOf(event), unit);
    if (event.phase === phases.closed) await this.endStage(event, 'CLOSED', sealOf(event), unit);
  }

  private async endStage(
    event: EpochEvent,
    stage: 'COMMITTED' | 'CLOSED',
    seal: SubmissionRecord,
    unit: UnitOfWork,
  ): Promise<void> {
    this.known.noteWindow(event, stage);
    await this.projection.moveWindow(unit.tx, event, stage);
    await unit.publish(this.kind.log, seal);
  }
}

const sealOf = ({ topicId, nonce, settledNonce, params, height, shadows }: EpochEvent): SubmissionRecord => ({
  record: { $case: 'seal', value: { topicId, nonce, settledNonce, params, closedHeight: height, shadows } },
});

const commitmentsSealOf = ({ topicId, nonce, height }: EpochEvent): SubmissionRecord => ({
  record: { $case: 'commitmentsSeal', value: { topicId, nonce, closedHeight: height } },
});
