import { RefusalError } from '@allora/contracts/errors';
import type {
  GetSubmissionResponse,
  Receipt,
  SubmitOutcome,
  SubmitStreamRequest,
  SubmitStreamResponse,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import { acceptSubmission } from '@allora/protocol/ingest/accept-submission';
import type { GrpcAnswers, GrpcCall } from '@allora/service-kit/grpc-call';
import { factsToJson, problemOf, refusalOf } from '@allora/service-kit/refusal';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { type BulkAnswer, bulkForm, toBulkResult } from './bulk';
import { Door, type DoorParts } from './door';
import type { Submission } from './kind';
import type { Outcome, Settle } from './pending';
import { readJson, type Reading, readSigned } from './reading';
import { receiptJson, type ReceiptJson } from './receipt-json';
import { signReceipts } from './receipt-signer';

/** Submissions of one stream that wait for their outcome; beyond them the stream is not read. */
const STREAM_WINDOW = 2_000;

/** The HTTP request that brings a bulk. */
interface BulkSender {
  readonly id: string;
  readonly ip: string;
}

/** The door of a submission log for all its ways in: JSON alone and in bulk, signed bytes alone and in streams. */
export class SubmissionIntake<P extends Submission = Submission, S = unknown> {
  private readonly door: Door<P, S>;

  constructor(private readonly parts: DoorParts<P, S>) {
    this.door = new Door(parts);
  }

  async acceptSigned(signed: SignedMessage | undefined): Promise<Receipt> {
    return resultOf(await this.outcomeOf(this.readSigned(signed)));
  }

  async acceptJson(topicId: number, body: unknown): Promise<ReceiptJson> {
    return receiptJson(resultOf(await this.outcomeOf(this.readJson(topicId, body))));
  }

  /** Each item as if it had come alone: a bad one refuses nobody else. */
  async acceptBulk(topicId: number, body: unknown, from: BulkSender): Promise<BulkAnswer> {
    const { items } = new ZodPipe(bulkForm(this.parts.config.maxBulkItems)).transform(body);
    // The request itself has counted as one.
    await this.parts.rateLimits.takeForAddress(from.ip, items.length - 1);
    const results = await new Promise<BulkAnswer['results']>((resolve) => {
      const collected = new Array<BulkAnswer['results'][number]>(items.length);
      let open = items.length;
      items.forEach((item, i) => {
        this.enter(this.readJson(topicId, item), (outcome) => {
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
        this.enter(this.readSigned(signed), (outcome) => {
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
    const { database, receipts, networkKey } = this.parts;
    const found = await receipts.find(database, hash);
    if (!found) return { receipt: undefined, state: 0, supersededBy: '' };
    const { receipt, state, supersededBy } = found;
    return { receipt: signReceipts(networkKey, [receipt])[0], state, supersededBy };
  }

  private readSigned(signed: SignedMessage | undefined): Reading<P> {
    return readSigned(this.parts.kind, signed, this.parts.config.maxPayloadBytes);
  }

  private readJson(topicId: number, body: unknown): Reading<P> {
    const { kind, config } = this.parts;
    return readJson(kind, { chainId: config.chainId, topicId, body });
  }

  private outcomeOf(reading: Reading<P>): Promise<Outcome> {
    return new Promise((resolve) => this.enter(reading, resolve));
  }

  private enter(reading: Reading<P>, settle: Settle): void {
    const { config, metrics } = this.parts;
    const counted: Settle = (outcome) => {
      if (outcome instanceof Error) metrics.refused.inc({ code: refusalOf(outcome).code });
      settle(outcome);
    };
    if (reading.form === 'sound') this.door.enter(reading.candidate, counted);
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
