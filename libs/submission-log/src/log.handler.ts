import type { Delivery, ServiceBus, UnitOfWork } from '@allora/bus/service-bus';
import type { LogPosition } from '@allora/bus/transport';
import type { CommitmentsSeal, Seal, SubmissionRecord } from '@allora/contracts/gen/allora/ingest/v1/ingest';
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
  readonly commitments: SubmissionsStore;
  readonly projection: ProjectionStore;
  readonly metrics: SubmissionMetrics;
  readonly maxSetPartBytes: number;
}

/** What was read and is not in its tables yet. */
interface Unwritten {
  values?: LoggedSubmissions | undefined;
  commitments?: LoggedSubmissions | undefined;
}

/** Reads the submissions log back: what stands before a seal counts, what follows is late. Log order alone decides. */
export class LogHandler<P extends Submission, S> {
  constructor(private readonly parts: LogParts<P, S>) {}

  attach(bus: ServiceBus): void {
    bus.onBatch(this.parts.kind.log, (deliveries, unit) => this.handle(deliveries, unit));
  }

  private async handle(deliveries: readonly Delivery<SubmissionRecord>[], unit: UnitOfWork): Promise<void> {
    const read: Unwritten = {};
    for (const { message, position } of deliveries) {
      const { record } = message;
      switch (record?.$case) {
        case 'submission':
          read.values ??= new LoggedSubmissions(record.value.topicId, position.partition);
          read.values.addOne(record.value, position);
          break;
        case 'group':
          read.values ??= new LoggedSubmissions(record.value.topicId, position.partition);
          read.values.addGroup(record.value, position);
          break;
        case 'commitments':
          read.commitments ??= new LoggedSubmissions(record.value.topicId, position.partition);
          read.commitments.addGroup(record.value, position);
          break;
        case 'commitmentsSeal':
          await this.write(read, unit);
          await this.beginReveals(record.value, position, unit);
          break;
        case 'seal':
          await this.write(read, unit);
          await this.close(record.value, position, unit);
      }
    }
    await this.write(read, unit);
  }

  private async write(read: Unwritten, { tx }: UnitOfWork): Promise<void> {
    const { submissions, commitments, metrics } = this.parts;
    if (read.values) metrics.late.inc((await submissions.add(tx, read.values)).late);
    if (read.commitments) metrics.late.inc((await commitments.add(tx, read.commitments)).late);
    read.values = undefined;
    read.commitments = undefined;
  }

  /** With all commitments that count in their table: the door takes values from here on. */
  private async beginReveals(
    seal: CommitmentsSeal,
    position: LogPosition,
    { tx }: UnitOfWork,
  ): Promise<void> {
    const { commitments, projection } = this.parts;
    await commitments.seal(tx, seal, position);
    const { topicId, nonce, closedHeight } = seal;
    await projection.moveWindow(tx, { topicId, nonce, closesHeight: closedHeight }, 'REVEAL');
  }

  private async close(seal: Seal, position: LogPosition, unit: UnitOfWork): Promise<void> {
    const { submissions, projection, metrics } = this.parts;
    if (!(await submissions.seal(unit.tx, seal, position))) return;
    // Already so when the seal is our own; not when a lost database is rebuilt from the log alone.
    const { topicId, nonce, closedHeight } = seal;
    await projection.moveWindow(unit.tx, { topicId, nonce, closesHeight: closedHeight }, 'CLOSED');
    const payloads = await submissions.payloadsInSet(unit.tx, seal);
    const parts = splitBySize(payloads, (payload) => payload.length, this.parts.maxSetPartBytes);
    for (const [i, part] of parts.entries())
      await this.publishPart(seal, { number: i, of: parts.length, part }, unit);
    await submissions.recordSet(unit.tx, seal, { submissions: payloads.length, parts: parts.length });
    metrics.sealed.inc();
    metrics.setSubmissions.observe(payloads.length);
  }

  private async publishPart(
    { topicId, nonce, settledNonce, params, shadows }: Seal,
    { number, of, part }: { number: number; of: number; part: readonly Uint8Array[] },
    unit: UnitOfWork,
  ): Promise<void> {
    const { kind } = this.parts;
    const header = { topicId, nonce, settledNonce, params, part: number, parts: of };
    const submissions = part.map((payload) => submissionOf(kind, payload));
    const apart = new Set(shadows);
    const isShadow = (submission: P) => apart.has(kind.author(submission));
    await unit.publish(
      kind.sets,
      kind.buildSet(
        header,
        submissions.filter((submission) => !isShadow(submission)),
        submissions.filter(isShadow),
      ),
    );
  }
}
