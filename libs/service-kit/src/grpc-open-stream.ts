import { constants } from 'node:http2';
import { Metadata, status, type ServerDuplexStream, type ServerWritableStream } from '@grpc/grpc-js';
import { RefusalError } from '@allora/contracts/errors';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { auditedCall, callContext, type GrpcCall } from './grpc-call';
import { shortMethod, type BidiMethod, type ServerStreamMethod } from './grpc-definition';
import { GrpcOutgoing } from './grpc-outgoing';
import { toServiceError } from './grpc-refusal';
import type { AuditedCall } from './audit';
import type { Callers } from './callers';
import type { Log } from './log';
import type { RateLimits } from './rate-limits';
import { refusalOf } from './refusal';
import type { RequestSpan } from './tracing/request-span';
import { traceParentHeader } from './tracing/trace-parent';
import type { Tracing } from './tracing/tracing';
import { within } from './work';

export interface GrpcStreamOptions {
  readonly log: Log;
  /** How much an address may ask for. */
  readonly limits?: Pick<RateLimits, 'takeForAddress' | 'paceForAddress'>;
  /** Who knows the keys that calls come with; without it every call counts for its address. */
  readonly callers?: Pick<Callers, 'admit'>;
  /** Told of every call when it is over. */
  readonly audit?: (call: AuditedCall) => void;
  readonly tracing?: Tracing;
  readonly durations: Histogram<'method' | 'code'>;
  readonly refused?: Counter<'code'>;
  readonly openStreams?: Gauge<'method'>;
  readonly slowReaders?: Counter<'route'>;
  /** Bytes not taken by a peer beyond which it is cut off. */
  readonly slowReaderBytes?: number;
  /** An ended call whose peer takes nothing of what is left for this long is reset; one that was cut off has longer. */
  readonly lingerMs?: number;
}

const defaultSlowReaderBytes = 1_048_576;
const defaultLingerMs = 5_000;
/** So many times as long for who was cut off as too slow, to come to where it is told why. */
const lingersOfSlow = 6;

export type RawStream = ServerWritableStream<unknown, Buffer> | ServerDuplexStream<Buffer, Buffer>;
type Encode = (message: unknown) => Buffer;

/** A streaming call of either kind: its answers, its one status, and its end, whoever brings it about. */
export class OpenStream {
  readonly outgoing: GrpcOutgoing;
  readonly context: GrpcCall;
  readonly encode: Encode;
  onStop: () => void = () => undefined;
  stopped = false;
  private readonly name: string;
  private readonly span: RequestSpan | undefined;
  private readonly startedMs = performance.now();
  private readonly aborter = new AbortController();
  private decided = false;
  private linger: NodeJS.Timeout | undefined;

  constructor(
    private readonly raw: RawStream,
    method: ServerStreamMethod | BidiMethod,
    private readonly options: GrpcStreamOptions,
    private readonly onGone: () => void,
  ) {
    this.name = shortMethod(method.path);
    this.encode = method.responseSerialize as Encode;
    this.context = callContext(raw, this.aborter.signal);
    this.span = options.tracing?.request(this.name, this.context.header(traceParentHeader));
    this.outgoing = new GrpcOutgoing(raw, {
      limitBytes: options.slowReaderBytes ?? defaultSlowReaderBytes,
      onOverflow: () => this.cutOff(),
    });
    // At once: until it has them, the peer's library keeps all it sends, to be able to try again elsewhere.
    raw.sendMetadata(new Metadata());
    options.openStreams?.inc({ method: this.name });
    // The library says `cancelled` at every end: of the peer, of its deadline, and behind our own status.
    raw.once('cancelled', () => this.gone());
  }

  async run(work: () => Promise<void>): Promise<void> {
    try {
      await within({ requestId: this.context.requestId, span: this.span }, work);
      this.finish(status.OK, () => this.raw.end());
    } catch (error) {
      this.refuse(error);
    }
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    // Who has been slow before does not keep a stop waiting.
    if (this.linger) this.resetWhenStuck();
    this.onStop();
  }

  /** The status of a stop; the caller opens the stream again, elsewhere. */
  leave(): void {
    this.refuse(new RefusalError('UNAVAILABLE', 'the service is stopping'));
    this.aborter.abort();
  }

  refuse(error: unknown): void {
    if (this.decided) return;
    const refusal = refusalOf(error);
    if (refusal !== error) {
      const { requestId } = this.context;
      this.options.log.error({ error, method: this.name, requestId }, 'gRPC stream failed');
    }
    const answer = toServiceError(refusal);
    this.options.refused?.inc({ code: refusal.code });
    this.finish(answer.code, () => this.raw.emit('error', answer));
  }

  private cutOff(): void {
    const { requestId, peer } = this.context;
    this.options.log.info({ method: this.name, requestId, peer }, 'a slow reader was cut off');
    this.options.slowReaders?.inc({ route: this.name });
    this.options.refused?.inc({ code: 'SLOW_READER' });
    const answer = toServiceError(
      new RefusalError('SLOW_READER', 'answers are not read as fast as they are made'),
    );
    this.decide(answer.code, lingersOfSlow);
    this.outgoing.cut(() => this.raw.emit('error', answer));
    this.aborter.abort();
  }

  private finish(code: status, close: () => void): void {
    if (this.decided) return;
    this.decide(code);
    this.outgoing.end(close);
  }

  private decide(code: status, lingers = 1): void {
    this.decided = true;
    const seconds = (performance.now() - this.startedMs) / 1000;
    this.options.durations.observe({ method: this.name, code: status[code] }, seconds);
    endCall(this.span, this.name, code);
    this.options.audit?.(auditedCall(this.name, status[code], this.context));
    this.resetWhenStuck(lingers);
  }

  private gone(): void {
    if (!this.decided) this.decide(status.CANCELLED);
    clearInterval(this.linger);
    this.linger = undefined;
    this.outgoing.cut(() => undefined);
    this.aborter.abort();
    this.options.openStreams?.dec({ method: this.name });
    this.onGone();
  }

  /** HTTP/2 brings a status behind the data only; a peer that takes neither would hold the stream for ever. */
  private resetWhenStuck(lingers = 1): void {
    clearInterval(this.linger);
    let seenBytes = this.outgoing.progressBytes;
    this.linger = setInterval(
      () => {
        if (this.outgoing.progressBytes === seenBytes) reset(this.raw);
        seenBytes = this.outgoing.progressBytes;
      },
      lingers * (this.options.lingerMs ?? defaultLingerMs),
    );
    this.linger.unref();
  }
}

export function endCall(span: RequestSpan | undefined, method: string, code: status): void {
  const failure = code === status.INTERNAL || code === status.UNAVAILABLE ? status[code] : undefined;
  span?.end({ 'rpc.system': 'grpc', 'rpc.method': method, 'rpc.grpc.status_code': code }, failure);
}

/** The library has no public way to reset a call; without its HTTP/2 stream the peer is left to the end of its connection. */
function reset(raw: RawStream): void {
  const { call } = raw as { call?: { stream?: { close?: (code: number) => void } } };
  call?.stream?.close?.(constants.NGHTTP2_CANCEL);
}
