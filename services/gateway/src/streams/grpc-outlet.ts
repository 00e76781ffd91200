import { RefusalError } from '@allora/contracts/errors';
import type { GrpcCall, GrpcFrames } from '@allora/service-kit/grpc-host';
import type { OpenOutlet } from './event-feed';

/** A stream of gRPC as an outlet. The call itself cuts off readers that are too slow, and ends at a stop. */
export class GrpcOutlet implements OpenOutlet {
  readonly wire = 'grpc' as const;
  onEnd: () => void = () => undefined;
  /** Settles with the stream: rejects where the reader is to come again. */
  readonly over: Promise<void>;
  private settle: { resolve: () => void; reject: (error: RefusalError) => void } | undefined;

  constructor(
    private readonly answers: GrpcFrames,
    { signal }: Pick<GrpcCall, 'signal'>,
  ) {
    this.over = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    // It may end before anybody waits for it.
    this.over.catch(() => undefined);
    if (signal.aborted) this.finish();
    else signal.addEventListener('abort', () => this.finish(), { once: true });
  }

  get ended(): boolean {
    return this.settle === undefined;
  }

  write(frame: Buffer): void {
    if (!this.ended) this.answers.writeEncoded(frame);
  }

  drained(): Promise<void> {
    return this.answers.drained();
  }

  close(): void {
    this.finish(new RefusalError('UNAVAILABLE', 'the stream ends here; open it again with the last cursor'));
  }

  private finish(error?: RefusalError): void {
    const { settle } = this;
    if (!settle) return;
    this.settle = undefined;
    if (error) settle.reject(error);
    else settle.resolve();
    this.onEnd();
  }
}
