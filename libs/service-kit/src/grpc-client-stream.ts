import type { ClientDuplexStream, ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { RefusalError } from '@allora/contracts/errors';
import { fromServiceError } from './grpc-refusal';

type RawCall<Response> = ClientReadableStream<Response> | ClientDuplexStream<unknown, Response>;

/**
 * The answers of a streaming call, read no faster than they are taken. A refusal or a failure is thrown behind the last answer;
 * leaving the loop cancels the call.
 */
export class GrpcStream<Response> implements AsyncIterable<Response> {
  protected over = false;
  private failed: ServiceError | undefined;
  private cancelled = false;
  private wake: (() => void) | undefined;

  constructor(
    private readonly raw: RawCall<Response>,
    private readonly name: string,
  ) {
    raw.on('error', (error: ServiceError) => {
      this.failed = error;
      this.finish();
    });
    raw.on('end', () => this.finish());
    raw.on('close', () => this.finish());
    raw.on('readable', () => this.wake?.());
  }

  /** The iteration then ends without an error. */
  cancel(): void {
    this.cancelled = true;
    this.raw.cancel();
    this.finish();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Response> {
    try {
      for (;;) {
        const answer = this.raw.read() as Response | null;
        if (answer !== null) yield answer;
        else if (this.over) break;
        else await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      if (!this.over) this.cancel();
    }
    if (this.failure) throw this.failure;
  }

  protected get failure(): Error | undefined {
    return this.failed && !this.cancelled ? fromServiceError(this.failed, this.name) : undefined;
  }

  private finish(): void {
    this.over = true;
    this.wake?.();
  }
}

/** A call of many requests and many answers; who does not read the answers is cut off by the peer. */
export class GrpcDuplex<Request, Response> extends GrpcStream<Response> {
  private readonly whenDrained: (() => void)[] = [];

  constructor(
    private readonly duplex: ClientDuplexStream<Request, Response>,
    name: string,
  ) {
    super(duplex as ClientDuplexStream<unknown, Response>, name);
    for (const event of ['drain', 'error', 'close', 'end'] as const) {
      duplex.on(event, () => {
        for (const resolve of this.whenDrained.splice(0)) resolve();
      });
    }
  }

  /** False when the peer is behind or the call is over: await `drained` before the next. */
  write(message: Request): boolean {
    return !this.over && this.duplex.write(message);
  }

  /** Resolves when there is room for more; rejects when the call is over. */
  async drained(): Promise<void> {
    if (!this.over && this.duplex.writableNeedDrain) {
      await new Promise<void>((resolve) => this.whenDrained.push(resolve));
    }
    if (this.over) throw this.failure ?? new RefusalError('UNAVAILABLE', 'the call is over');
  }

  /** No more requests; answers still come. */
  end(): void {
    this.duplex.end();
  }
}
