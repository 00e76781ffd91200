import type { ServiceBus } from '@allora/bus/service-bus';
import type { LogPosition } from '@allora/bus/transport';
import { RefusalError } from '@allora/contracts/errors';
import {
  AcceptedSubmission,
  type Receipt,
  type SubmissionRecord,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import { messageHash } from '@allora/identity/signature';
import { acceptSubmission, type SubmissionFacts } from '@allora/protocol/ingest/accept-submission';
import type { Clock } from '@allora/service-kit/clock';
import type { Database } from '@allora/store/database';
import { Batcher, unavailable } from './batcher';
import type { SubmissionLogConfig } from './config';
import { Inquiry } from './inquiry';
import type { Submission, SubmissionKind } from './kind';
import type { SubmissionMetrics } from './metrics';
import type { ProjectionStore } from './projection.store';
import { type Candidate, readJson, type Reading, readSigned } from './reading';
import { RecentSubmissions } from './recent-submissions';
import type { LocalFacts, SubmissionKey, SubmissionsStore } from './submissions.store';
import type { TopicOwner } from './topic-owner';

export interface IntakeParts<P extends Submission, S> {
  readonly kind: SubmissionKind<P, S>;
  readonly config: SubmissionLogConfig;
  readonly bus: ServiceBus;
  readonly database: Database;
  readonly submissions: SubmissionsStore;
  readonly projection: ProjectionStore;
  readonly owner: TopicOwner;
  readonly clock: Clock;
  readonly metrics: SubmissionMetrics;
}

/** Several groups under way hide the round trip; more would only make them smaller. */
const CONCURRENT_GROUPS = 4;
const MAX_GROUP_ITEMS = 500;
/** Well under the log's record limit, as Kafka bounds a whole group of records by it. */
const MAX_GROUP_BYTES = 1_048_576;
/** Envelope, receipt fields, key and signature around a payload. */
const RECORD_OVERHEAD_BYTES = 256;

/** The door of a submission log, shared by HTTP and gRPC: a receipt means that the record is on the log for good. */
export class SubmissionIntake<P extends Submission = Submission, S = unknown> {
  private readonly recent: RecentSubmissions;
  private readonly lookUps: Batcher<SubmissionKey, LocalFacts>;
  private readonly appends: Batcher<AcceptedSubmission, LogPosition>;
  private inflight = 0;

  constructor(private readonly parts: IntakeParts<P, S>) {
    const { config, submissions, database } = parts;
    const common = { maxItems: MAX_GROUP_ITEMS, maxBytes: MAX_GROUP_BYTES, concurrency: CONCURRENT_GROUPS };
    this.recent = new RecentSubmissions(config.recentSubmissions);
    this.lookUps = new Batcher({
      ...common,
      maxQueued: config.maxInflightSubmissions,
      bytesOf: () => 1,
      run: (keys) => submissions.lookUp(database.prisma, keys),
    });
    this.appends = new Batcher({
      ...common,
      maxQueued: config.maxInflightSubmissions,
      bytesOf: ({ signed }) => (signed?.payload.length ?? 0) + RECORD_OVERHEAD_BYTES,
      run: (records) => parts.bus.append(parts.kind.log, records.map(toRecord)),
    });
  }

  acceptSigned(signed: SignedMessage | undefined): Promise<Receipt> {
    const { kind, config } = this.parts;
    return this.accept(() => readSigned(kind, signed, config.maxPayloadBytes));
  }

  acceptJson(topicId: number, body: unknown): Promise<Receipt> {
    const { kind, config } = this.parts;
    return this.accept(() => readJson(kind, { chainId: config.chainId, topicId, body }));
  }

  private async accept(read: () => Reading<P>): Promise<Receipt> {
    const { config, metrics } = this.parts;
    try {
      if (this.inflight >= config.maxInflightSubmissions)
        throw unavailable('too many submissions are in flight');
      this.inflight += 1;
      metrics.inflight.set(this.inflight);
      try {
        return await this.decide(read());
      } finally {
        this.inflight -= 1;
        metrics.inflight.set(this.inflight);
      }
    } catch (error) {
      metrics.refused.inc({ code: error instanceof RefusalError ? error.code : 'INTERNAL' });
      throw error;
    }
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
    const { clock, config, metrics } = this.parts;
    const acceptedAtMs = clock.nowMs();
    const record: AcceptedSubmission = { ...key, hash: Buffer.from(hash, 'hex'), signed, acceptedAtMs };
    const ended = metrics.appendSeconds.startTimer();
    const receipt = this.appends.add(record).then(({ partition, offset }): Receipt => {
      ended();
      metrics.accepted.inc();
      return { hash, ...key, logPartition: partition, logOffset: offset, acceptedAtMs };
    });
    const known = receipt.catch((error: unknown) => {
      throw error instanceof RefusalError ? error : unavailable('the log did not take the record');
    });
    this.recent.add(key, { hash, receipt: known });
    return within(known, config.appendTimeoutMs);
  }
}

const toRecord = (submission: AcceptedSubmission): SubmissionRecord => ({
  record: { $case: 'submission', value: submission },
});

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

/** The append goes on when its caller no longer waits; a repeat of the same bytes then joins it. */
async function within(receipt: Promise<Receipt>, timeoutMs: number): Promise<Receipt> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable('the log takes too long')), timeoutMs);
  });
  try {
    return await Promise.race([receipt, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
