import type { Readable } from 'node:stream';

/** Held for a handler that is busy; beyond either the peer is not read. */
const maxHeldMessages = 1_024;
const maxHeldBytes = 262_144;

interface IncomingOptions<Request> {
  readonly decode: (bytes: Buffer) => Request;
  readonly onMalformed: (error: unknown) => void;
  /** Holds so many messages back until they may be given out. */
  readonly admit?: (count: number) => Promise<void>;
}

/**
 * The requests of a stream, in arrays of what has arrived since the last was taken: one step of the iteration for hundreds of
 * messages is what makes a stream fast.
 */
export class GrpcIncoming<Request> implements AsyncIterable<readonly Request[]> {
  private held: Request[] = [];
  private heldBytes = 0;
  private ended = false;
  private wake: (() => void) | undefined;
  private waking = false;

  constructor(
    private readonly stream: Readable,
    private readonly options: IncomingOptions<Request>,
  ) {
    stream.on('data', (bytes: Buffer) => {
      if (this.ended) return;
      try {
        this.held.push(options.decode(bytes));
      } catch (error) {
        this.end();
        return options.onMalformed(error);
      }
      this.heldBytes += bytes.length;
      if (this.held.length >= maxHeldMessages || this.heldBytes >= maxHeldBytes) stream.pause();
      this.wakeSoon();
    });
    stream.on('end', () => this.end());
    stream.on('close', () => this.end());
  }

  /** Nothing more is read; what has arrived is still given out. */
  end(): void {
    this.ended = true;
    this.wakeSoon();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Request[]> {
    for (;;) {
      if (this.held.length > 0) {
        const taken = this.take();
        await this.options.admit?.(taken.length);
        yield taken;
      } else if (this.ended) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  private take(): readonly Request[] {
    const taken = this.held;
    this.held = [];
    this.heldBytes = 0;
    if (!this.ended) this.stream.resume();
    return taken;
  }

  /** After everything that this turn of the event loop brings. */
  private wakeSoon(): void {
    if (this.waking || !this.wake) return;
    this.waking = true;
    setImmediate(() => {
      this.waking = false;
      this.wake?.();
      this.wake = undefined;
    });
  }
}
