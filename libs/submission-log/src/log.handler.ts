import type { Delivery, ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import type { LogPosition } from '@allora/bus/transport';
import type { Seal, SubmissionRecord } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { Submission, SubmissionKind } from './kind';
import { LoggedSubmissions } from './logged-submissions';
import type { SubmissionMetrics } from './metrics';
import type { ProjectionStore } from './projection.store';
import { submissionOf } from './reading';
import { splitBySize } from './set-parts';
import type { SubmissionsStore } from './submissions.store';

interface LogParts<P extends Submission, S> {
  readonly kind: SubmissionKind<P, S>;
  readonly submissions: SubmissionsStore;
  readonly projection: ProjectionStore;
  readonly metrics: SubmissionMetrics;
  readonly maxSetPartBytes: number;
}

/** Reads the submissions log back: what stands before a seal makes the set, what follows is late. Log order alone decides. */
export class LogHandler<P extends Submission, S> {
  constructor(private readonly parts: LogParts<P, S>) {}

  attach(bus: ServiceBus): void {
    bus.onBatch(this.parts.kind.log, (deliveries, unit) => this.handle(deliveries, unit));
  }

  private async handle(deliveries: readonly Delivery<SubmissionRecord>[], unit: UnitOfWork): Promise<void> {
    let read: LoggedSubmissions | undefined;
    const write = async () => {
      if (!read) return;
      const { late } = await this.parts.submissions.add(unit.tx, read);
      this.parts.metrics.late.inc(late);
      read = undefined;
    };
    for (const { message, position } of deliveries) {
      const { record } = message;
      if (record?.$case === 'submission' || record?.$case === 'group')
        read ??= new LoggedSubmissions(record.value.topicId, position.partition);
      if (record?.$case === 'submission') read?.addOne(record.value, position);
      if (record?.$case === 'group') read?.addGroup(record.value, position);
      if (record?.$case === 'seal') {
        await write();
        await this.close(record.value, position, unit);
      }
    }
    await write();
  }

  private async close(seal: Seal, position: LogPosition, unit: UnitOfWork): Promise<void> {
    const { submissions, projection, metrics } = this.parts;
    if (!(await submissions.seal(unit.tx, seal, position))) return;
    // Already so when the seal is our own; not when a lost database is rebuilt from the log alone.
    await projection.closeWindow(unit.tx, {
      topicId: seal.topicId,
      nonce: seal.nonce,
      closesHeight: seal.closedHeight,
    });
    const payloads = await submissions.payloadsInSet(unit.tx, seal);
    const parts = splitBySize(payloads, (payload) => payload.length, this.parts.maxSetPartBytes);
    for (const [i, part] of parts.entries())
      await this.publishPart(seal, { number: i, of: parts.length, part }, unit);
    await submissions.recordSet(unit.tx, seal, { submissions: payloads.length, parts: parts.length });
    metrics.sealed.inc();
    metrics.setSubmissions.observe(payloads.length);
  }

  private async publishPart(
    { topicId, nonce, settledNonce, params }: Seal,
    { number, of, part }: { number: number; of: number; part: readonly Uint8Array[] },
    unit: UnitOfWork,
  ): Promise<void> {
    const { kind } = this.parts;
    const header = { topicId, nonce, settledNonce, params, part: number, parts: of };
    await unit.publish(
      kind.sets,
      kind.buildSet(
        header,
        part.map((payload) => submissionOf(kind, payload)),
      ),
    );
  }
}
