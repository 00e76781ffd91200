import type { ServiceBus } from '@allora/bus/service-bus';
import type { LogPosition } from '@allora/bus/transport';
import { RefusalError } from '@allora/contracts/errors';
import type { AcceptedSubmission, Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import { messageHash } from '@allora/identity/signature';
import { acceptSubmission, type SubmissionFacts } from '@allora/protocol/ingest/accept-submission';
import type { Clock } from '@allora/service-kit/clock';
import type { Log } from '@allora/service-kit/log';
import type { Database } from '@allora/store/database';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Batcher } from './batcher';
import { type BulkAnswer, bulkForm, toBulkResult } from './bulk';
import type { SubmissionLogConfig } from './config';
import { Inquiry } from './inquiry';
import type { Submission, SubmissionKind } from './kind';
import type { SubmissionMetrics } from './metrics';
import type { ProjectionStore } from './projection.store';
import { type Candidate, readJson, type Reading, readSigned } from './reading';
import { RecentSubmissions } from './recent-submissions';
import { findStatus, type SubmissionStatus } from './submission-status';
import type { LocalFacts, SubmissionKey, SubmissionsStore } from './submissions.store';
import type { TopicOwner } from './topic-owner';
import { unavailable } from './unavailable';

export interface IntakeParts<P extends Submission, S> {
  readonly kind: SubmissionKind<P, S>;
  readonly config: SubmissionLogConfig;
  readonly bus: ServiceBus;
  readonly database: Database;
  readonly submissions: SubmissionsStore;
  readonly projection: ProjectionStore;
  readonly owner: TopicOwner;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: SubmissionMetrics;
}

/** Several groups under way hide the round trip; more would only make them smaller. */
const LOOK_UPS = { concurrency: 4, maxItems: 500 } as const;

/** The door of a submission log, shared by HTTP and gRPC: a receipt means that the record is on the log for good. */
export class SubmissionIntake<P extends Submission = Submission, S = unknown> {
  private readonly recent: RecentSubmissions;
  private readonly lookUps: Batcher<SubmissionKey, LocalFacts>;
  private inflight = 0;

  constructor(private readonly parts: IntakeParts<P, S>) {
    const { config, submissions, database } = parts;
    this.recent = new RecentSubmissions(config.recentSubmissions);
    this.lookUps = new Batcher({ ...LOOK_UPS, run: (keys) => submissions.lookUp(database.prisma, keys) });
  }

  acceptSigned(signed: SignedMessage | undefined): Promise<Receipt> {
    const { kind, config } = this.parts;
    return this.accept(() => readSigned(kind, signed, config.maxPayloadBytes));
  }

  acceptJson(topicId: number, body: unknown): Promise<Receipt> {
    const { kind, config } = this.parts;
    return this.accept(() => readJson(kind, { chainId: config.chainId, topicId, body }));
  }

  /** Each item as if it had come alone: a bad one refuses nobody else. */
  async acceptBulk(topicId: number, body: unknown, requestId: string): Promise<BulkAnswer> {
    const { items } = new ZodPipe(bulkForm(this.parts.config.maxBulkItems)).transform(body);
    const outcomes = await Promise.allSettled(items.map((item) => this.acceptJson(topicId, item)));
    for (const outcome of outcomes)
      if (outcome.status === 'rejected' && !(outcome.reason instanceof RefusalError))
        this.parts.log.error({ error: outcome.reason as unknown, requestId }, 'submission in bulk failed');
    return { results: outcomes.map((outcome) => toBulkResult(outcome, requestId)) };
  }

  /** What has become of the submission that a receipt names. */
  async status(hash: string): Promise<SubmissionStatus> {
    const { database, submissions } = this.parts;
    const found = await findStatus({ database, submissions, recent: this.recent }, hash);
    if (!found) throw new RefusalError('UNKNOWN_SUBMISSION', 'no submission of this hash stands', { hash });
    return found;
  }

  private async accept(read: () => Reading<P>): Promise<Receipt> {
    const { config, metrics } = this.parts;
    try {
      if (this.inflight >= config.maxInflightSubmissions)
        throw unavailable('too many submissions are in flight');
      this.enter(1);
      try {
        return await this.decide(read());
      } finally {
        this.enter(-1);
      }
    } catch (error) {
      metrics.refused.inc({ code: error instanceof RefusalError ? error.code : 'INTERNAL' });
      throw error;
    }
  }

  private enter(change: 1 | -1): void {
    this.inflight += change;
    this.parts.metrics.inflight.set(this.inflight);
  }

  private async decide(reading: Reading<P>): Promise<Receipt> {
    const maxBytes = this.parts.config.maxPayloadBytes;
    if (reading.form !== 'sound') throw refusalOfForm(reading, maxBytes);
    const { candidate } = reading;
    const { key, hash, inquiry } = this.inquire(candidate);
    let facts: SubmissionFacts = { sizeBytes: candidate.signed.payload.length, maxBytes };
    for (;;) {
      const verdict = acceptSubmission(facts);
      switch (verdict.verdict) {
        case 'undecided':
          facts = { ...facts, [verdict.needs]: await inquiry.ask(verdict.needs) };
          break;
        case 'refused':
          throw new RefusalError(verdict.code, verdict.detail, verdict.facts);
        case 'repeat':
          this.parts.metrics.repeated.inc();
          return inquiry.standingReceipt;
        case 'accepted':
          if (!this.recent.get(key)) return this.append(candidate, key, hash);
          // Another submission of this author passed the same door while this one was being judged.
          facts = { ...facts, standing: undefined };
      }
    }
  }

  private inquire(candidate: Candidate<P>) {
    const { kind, config, database, projection, owner } = this.parts;
    const { submission } = candidate;
    const key: SubmissionKey = {
      topicId: submission.topicId,
      nonce: submission.nonce,
      author: kind.author(submission),
    };
    const hash = Buffer.from(messageHash(candidate.signed.payload)).toString('hex');
    const lookUp = (wanted: SubmissionKey) => this.lookUps.add(wanted);
    const sources = { chainId: config.chainId, database, projection, owner, recent: this.recent, lookUp };
    const judge = (params: Parameters<typeof kind.judge>[1]) => kind.judge(submission, params, config);
    return { key, hash, inquiry: new Inquiry(sources, { candidate, key, hash, judge }) };
  }

  private append({ signed }: Candidate<P>, key: SubmissionKey, hash: string): Promise<Receipt> {
    const { clock, metrics } = this.parts;
    const acceptedAtMs = clock.nowMs();
    const record: AcceptedSubmission = { ...key, hash: Buffer.from(hash, 'hex'), signed, acceptedAtMs };
    const receipt = this.put(record).then(({ partition, offset }): Receipt => {
      metrics.accepted.inc();
      return { hash, ...key, logPartition: partition, logOffset: offset, acceptedAtMs };
    });
    this.recent.add(key, { hash, receipt });
    return this.awaitReceipt(receipt);
  }

  private async put(record: AcceptedSubmission): Promise<LogPosition> {
    const { bus, kind, log, metrics } = this.parts;
    const ended = metrics.appendSeconds.startTimer();
    try {
      const [position] = await bus.append(kind.log, [{ record: { $case: 'submission', value: record } }]);
      ended();
      return position!;
    } catch (error) {
      const { topicId, nonce, author } = record;
      log.error({ error, topicId, nonce, author }, 'the log did not take a submission');
      throw unavailable('the log did not take the record');
    }
  }

  /** The append goes on when its caller no longer waits, and counts as in flight; a repeat of the same bytes joins it. */
  private async awaitReceipt(receipt: Promise<Receipt>): Promise<Receipt> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'LATE'>((resolve) => {
      timer = setTimeout(() => resolve('LATE'), this.parts.config.appendTimeoutMs);
    });
    const first = await Promise.race([receipt, late]).finally(() => clearTimeout(timer));
    if (first !== 'LATE') return first;
    this.enter(1);
    void receipt.then(
      () => this.enter(-1),
      () => this.enter(-1),
    );
    throw unavailable('the log takes too long');
  }
}

function refusalOfForm(reading: Exclude<Reading<never>, { form: 'sound' }>, maxBytes: number): RefusalError {
  const facts =
    reading.form === 'broken'
      ? { formProblem: reading.problem, sizeBytes: 0, maxBytes }
      : { sizeBytes: reading.sizeBytes, maxBytes };
  const verdict = acceptSubmission(facts);
  if (verdict.verdict !== 'refused') throw new Error('a form that could not be read is refused');
  const errors = reading.form === 'broken' && reading.errors.length > 0 ? { errors: reading.errors } : {};
  return new RefusalError(verdict.code, verdict.detail, { ...verdict.facts, ...errors });
}
