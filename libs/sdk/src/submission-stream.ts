import {
  type ChannelOptions,
  type ClientDuplexStream,
  credentials,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import {
  ForecastIngestClient,
  InferenceIngestClient,
  LossIngestClient,
  type SubmitOutcome,
  type SubmitStreamRequest,
  type SubmitStreamResponse,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { Account } from '@allora/identity/account';
import { AlloraError, refusalOf, timedOut, unreachable } from './errors';
import { askedWaitMs, backoffMs, isRetried } from './retry';
import { payloadBytes } from './signing';
import { type SubmissionKind, submissionBody, type SubmissionRequests } from './submission-body';
import { InFlight, type Unanswered } from './in-flight';
import type { Receipt } from './types';

export interface StreamOptions<K extends SubmissionKind> {
  /** host:port of the gRPC of the service that takes this kind. */
  readonly address: string;
  readonly kind: K;
  readonly chainId: string;
  /** Submissions without an answer at once; further ones wait in the client. 1000 by default. */
  readonly maxUnanswered?: number;
  /** Longest way of one submission to its answer, all its repeats included; 60 s by default. */
  readonly deadlineMs?: number;
  /** 0 <= x < 1: the jitter between retries. */
  readonly random?: () => number;
}

type Call = ClientDuplexStream<SubmitStreamRequest, SubmitStreamResponse>;
interface IngestClient {
  submitStream(): Call;
  close(): void;
}

const clients = {
  inference: InferenceIngestClient,
  forecast: ForecastIngestClient,
  loss: LossIngestClient,
} as const;

const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': 8 * 1_048_576,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 5_000,
};

/** What another attempt may mend: a server away, one that is too busy, or a stream read too slowly. */
const PASSING: ReadonlySet<status> = new Set([
  status.UNAVAILABLE,
  status.RESOURCE_EXHAUSTED,
  status.CANCELLED,
  status.ABORTED,
  status.INTERNAL,
]);

/**
 * Many submissions over one call, an answer for each. When the call breaks off, what is unanswered goes over the next one in the
 * same bytes: who was accepted already gets the first receipt again.
 */
export function openSubmissionStream<K extends SubmissionKind>(
  options: StreamOptions<K>,
): SubmissionStream<K> {
  return new SubmissionStream(options);
}

export class SubmissionStream<K extends SubmissionKind> {
  private readonly client: IngestClient;
  private readonly inFlight: InFlight;
  private readonly deadlineMs: number;
  private readonly random: () => number;
  private call: Call | undefined;
  private reconnect: NodeJS.Timeout | undefined;
  private failures = 0;
  private closing = false;

  constructor(private readonly options: StreamOptions<K>) {
    this.client = new clients[options.kind](options.address, credentials.createInsecure(), channelOptions);
    this.inFlight = new InFlight(options.maxUnanswered ?? 1_000);
    this.deadlineMs = options.deadlineMs ?? 60_000;
    this.random = options.random ?? Math.random;
  }

  /** Resolves with the receipt; rejects with the refusal, or TIMED_OUT at the deadline. */
  submit(account: Account, request: SubmissionRequests[K]): Promise<Receipt> {
    if (this.closing) return Promise.reject(unreachable(this.options.address, 'the stream is closed'));
    const { kind, chainId } = this.options;
    const payload = payloadBytes(chainId, submissionBody(kind, account, request).signed);
    const signed = { payload, publicKey: account.publicKey, signature: account.sign(payload) };
    const answer = this.inFlight.add(signed, this.deadlineMs, () =>
      timedOut(`a submission to ${this.options.address}`, this.deadlineMs),
    );
    this.send();
    return answer;
  }

  /** Takes no more, waits for the answers that are open, and ends the call. */
  async close(): Promise<void> {
    this.closing = true;
    await this.inFlight.empty();
    clearTimeout(this.reconnect);
    this.call?.end();
    this.client.close();
  }

  private send(): void {
    if (this.reconnect) return;
    this.call ??= this.connect();
    const { call } = this;
    while (!call.writableNeedDrain) {
      const next = this.inFlight.next();
      if (!next) return;
      call.write({ sequence: next.sequence, signed: next.signed });
    }
  }

  private connect(): Call {
    const call = this.client.submitStream();
    call.on('data', ({ outcomes }: SubmitStreamResponse) => {
      this.failures = 0;
      for (const outcome of outcomes) this.settle(outcome);
      this.send();
    });
    call.on('drain', () => this.send());
    call.on('error', (error: ServiceError) => this.lost(call, error));
    call.on('end', () => this.lost(call));
    return call;
  }

  private settle({ sequence, result }: SubmitOutcome): void {
    const one = this.inFlight.get(sequence);
    if (!one) return;
    if (result?.$case === 'receipt') return this.inFlight.resolve(one, result.value);
    if (result?.$case !== 'refusal') return;
    const { factsJson, ...problem } = result.value;
    const refusal = refusalOf(problem.status, { ...parseFacts(factsJson), ...problem });
    if (!isRetried(refusal.status)) return this.inFlight.reject(one, refusal);
    this.again(one, refusal);
  }

  private again(one: Unanswered, refusal: AlloraError): void {
    const pauseMs = backoffMs(one.refusals, askedWaitMs(refusal.facts), this.random);
    if (!this.inFlight.putBack(one, pauseMs, () => this.send())) this.inFlight.reject(one, refusal);
  }

  private lost(call: Call, error?: ServiceError): void {
    if (this.call !== call) return;
    this.call = undefined;
    if (error && !PASSING.has(error.code)) {
      const { address } = this.options;
      return this.inFlight.rejectAll(unreachable(address, error));
    }
    this.inFlight.resendAll();
    if (this.inFlight.isEmpty) return;
    this.reconnect = setTimeout(
      () => {
        this.reconnect = undefined;
        this.send();
      },
      backoffMs(this.failures++, null, this.random),
    );
  }
}

function parseFacts(json: string): object {
  try {
    return Object(JSON.parse(json)) as object;
  } catch {
    return {}; // facts are a courtesy
  }
}
