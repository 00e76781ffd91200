import { RefusalError } from '@allora/contracts/errors';
import type {
  GetSubmissionResponse,
  Receipt,
  SubmitOutcome,
  SubmitStreamRequest,
  SubmitStreamResponse,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { Commitment, SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import { acceptSubmission } from '@allora/protocol/ingest/accept-submission';
import { bulkForm } from '@allora/public-api/submission-forms';
import type { GrpcAnswers, GrpcCall } from '@allora/service-kit/grpc-call';
import { factsToJson, problemOf, refusalOf } from '@allora/service-kit/refusal';
import type { NetworkKey } from '@allora/service-kit/network-key';
import type { RateLimits } from '@allora/service-kit/rate-limits';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import type { Database } from '@allora/store/database';
import { type BulkAnswer, type BulkResult, toBulkResult } from './bulk';
import type { SubmissionLogConfig } from './config';
import type { Door } from './door';
import type { Submission } from './kind';
import type { SubmissionMetrics } from './metrics';
import type { Outcome, Settle } from './pending';
import { readBody, readJson, type Reading, readSigned, type UnsoundReading } from './reading';
import { receiptJson, type ReceiptJson } from './receipt-json';
import { signReceipts } from './receipt-signer';
import type { ReceiptsStore } from './receipts.store';

/** Submissions of one stream that wait for their outcome; beyond them the stream is not read. */
const STREAM_WINDOW = 2_000;

/** The HTTP request that brings a bulk. */
interface BulkSender {
  readonly id: string;
  readonly ip: string;
}

export interface IntakeParts<P extends Submission> {
  readonly config: SubmissionLogConfig;
  readonly database: Database;
  readonly networkKey: NetworkKey;
  readonly rateLimits: RateLimits;
  readonly metrics: SubmissionMetrics;
  readonly door: Door<P>;
  readonly receipts: ReceiptsStore;
  /** Absent where values cannot be committed to. */
  readonly commitments: { readonly door: Door<Commitment>; readonly receipts: ReceiptsStore } | undefined;
}

/** All ways into a submission log: JSON alone and in bulk, signed bytes alone and in streams; values, and commitments to them. */
export class SubmissionIntake<P extends Submission = Submission> {
  private readonly bulk: ZodPipe<ReturnType<typeof bulkForm>>;

  constructor(private readonly parts: IntakeParts<P>) {
    this.bulk = new ZodPipe(bulkForm(parts.config.maxBulkItems));
  }

  async acceptSigned(signed: SignedMessage | undefined): Promise<Receipt> {
    return resultOf(await new Promise<Outcome>((resolve) => this.enterSigned(signed, resolve)));
  }

  async acceptJson(topicId: number, body: unknown): Promise<ReceiptJson> {
    return this.receiptOf(this.parts.door, topicId, body);
  }

  async acceptCommitment(topicId: number, body: unknown): Promise<ReceiptJson> {
    const { commitments } = this.parts;
    if (!commitments) throw new RefusalError('NOT_FOUND', 'nothing is committed to here');
    return this.receiptOf(commitments.door, topicId, body);
  }

  /** Each item as if it had come alone: a bad one refuses nobody else. */
  async acceptBulk(topicId: number, body: unknown, from: BulkSender): Promise<BulkAnswer> {
    const { items } = this.bulk.transform(body);
    // The request itself has counted as one.
    await this.parts.rateLimits.takeForAddress(from.ip, items.length - 1);
    const results = await new Promise<BulkResult[]>((resolve) => {
      const collected = new Array<BulkResult>(items.length);
      let open = items.length;
      items.forEach((item, i) => {
        this.enterJson(this.parts.door, { topicId, body: item }, (outcome) => {
          collected[i] = toBulkResult(outcome, from.id);
          if (--open === 0) resolve(collected);
        });
      });
    });
    return { results };
  }

  /** An outcome for each message; several travel together when they are decided together. */
  async acceptStream(
    requests: AsyncIterable<readonly SubmitStreamRequest[]>,
    call: GrpcCall,
    answers: GrpcAnswers<SubmitStreamResponse>,
  ): Promise<void> {
    let outcomes: SubmitOutcome[] = [];
    let waiting = 0;
    let onSettled: () => void = () => undefined;
    const flush = () => {
      answers.write({ outcomes });
      outcomes = [];
      onSettled();
    };
    call.signal.addEventListener('abort', () => onSettled());
    for await (const messages of requests) {
      await this.parts.rateLimits.paceForAddress(call.peer, messages.length, call.signal);
      for (const { sequence, signed } of messages) {
        waiting += 1;
        this.enterSigned(signed, (outcome) => {
          waiting -= 1;
          if (outcomes.push({ sequence, result: resultField(outcome) }) === 1) setImmediate(flush);
        });
      }
      while (waiting > STREAM_WINDOW && !call.signal.aborted)
        await new Promise<void>((resolve) => (onSettled = resolve));
    }
    while ((waiting > 0 || outcomes.length > 0) && !call.signal.aborted)
      await new Promise<void>((resolve) => (onSettled = resolve));
  }

  /** What has become of the submission that a receipt names; state 0 and no receipt when there is none. */
  async find(hash: string): Promise<GetSubmissionResponse> {
    const { database, receipts, commitments, networkKey } = this.parts;
    const value = await receipts.find(database, hash);
    const found = value ?? (await commitments?.receipts.find(database, hash));
    if (!found) return { receipt: undefined, state: 0, supersededBy: '', commitment: false };
    const { receipt, state, supersededBy } = found;
    return {
      receipt: signReceipts(networkKey, [receipt])[0],
      state,
      supersededBy,
      commitment: value === undefined,
    };
  }

  private async receiptOf<Q extends Submission>(door: Door<Q>, topicId: number, body: unknown) {
    const outcome = await new Promise<Outcome>((resolve) => this.enterJson(door, { topicId, body }, resolve));
    return receiptJson(resultOf(outcome));
  }

  private enterJson<Q extends Submission>(
    door: Door<Q>,
    from: { readonly topicId: number; readonly body: unknown },
    settle: Settle,
  ): void {
    const { chainId } = this.parts.config;
    this.enter(door, readJson(door.kind, { chainId, ...from }), settle);
  }

  private enterSigned(signed: SignedMessage | undefined, settle: Settle): void {
    const { config, door, commitments } = this.parts;
    const read = readSigned(signed, config.maxPayloadBytes);
    if (read.form !== 'canonical') this.enter(door, read, settle);
    else if (commitments && read.payload.body?.$case === 'commitment')
      this.enter(commitments.door, readBody(commitments.door.kind, read), settle);
    else this.enter(door, readBody(door.kind, read), settle);
  }

  private enter<Q extends Submission>(door: Door<Q>, reading: Reading<Q>, settle: Settle): void {
    const { config, metrics } = this.parts;
    const counted: Settle = (outcome) => {
      if (outcome instanceof Error) metrics.refused.inc({ code: refusalOf(outcome).code });
      settle(outcome);
    };
    if (reading.form === 'sound') door.enter(reading.candidate, counted);
    else counted(refusalOfForm(reading, config.maxPayloadBytes));
  }
}

function resultOf<O>(outcome: O | Error): O {
  if (outcome instanceof Error) throw outcome;
  return outcome;
}

function resultField(outcome: Outcome): SubmitOutcome['result'] {
  if (!(outcome instanceof Error)) return { $case: 'receipt', value: outcome };
  const { code, status, title, detail, remedy } = problemOf(refusalOf(outcome), '');
  const factsJson = factsToJson(refusalOf(outcome).facts);
  return { $case: 'refusal', value: { code, status, title, detail, remedy, factsJson } };
}

function refusalOfForm(reading: UnsoundReading, maxBytes: number): RefusalError {
  const facts =
    reading.form === 'broken'
      ? { formProblem: reading.problem, sizeBytes: 0, maxBytes }
      : { sizeBytes: reading.sizeBytes, maxBytes };
  const verdict = acceptSubmission(facts);
  if (verdict.verdict !== 'refused') throw new Error('a form that could not be read is refused');
  const errors = reading.form === 'broken' && reading.errors.length > 0 ? { errors: reading.errors } : {};
  return new RefusalError(verdict.code, verdict.detail, { ...verdict.facts, ...errors });
}
