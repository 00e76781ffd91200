import type { Writable } from 'node:stream';

interface OutgoingOptions {
  /** Most bytes held for the peer before it is cut off. */
  readonly limitBytes: number;
  readonly onOverflow: () => void;
}

/** Handed to the library ahead of the peer; these alone cannot be taken back, and a status comes behind them. */
const maxHandedBytes = 65_536;

/** Serialized answers on their way to a peer, counted until HTTP/2 flow control has let them pass. */
export class GrpcOutgoing {
  private readonly waiting: Buffer[] = [];
  private next = 0;
  private handedBytes = 0;
  private heldBytes = 0;
  private takenBytes = 0;
  private ending: (() => void) | undefined;
  private ended = false;
  private onDrained: (() => void)[] = [];
  private readonly lowBytes: number;

  constructor(
    private readonly stream: Writable,
    private readonly options: OutgoingOptions,
  ) {
    this.lowBytes = Math.min(maxHandedBytes, options.limitBytes / 2);
  }

  /** Grows as the peer reads. */
  get progressBytes(): number {
    return this.takenBytes;
  }

  write(message: Buffer): void {
    if (this.ended) return;
    // Before it is added: a message that is itself above the limit still goes to a reader that keeps up.
    if (this.heldBytes > this.options.limitBytes) return this.options.onOverflow();
    this.heldBytes += message.length;
    if (this.handedBytes < this.lowBytes) this.handOver(message);
    else this.waiting.push(message);
  }

  async drained(): Promise<void> {
    if (this.ended || this.heldBytes < this.lowBytes) return;
    await new Promise<void>((resolve) => this.onDrained.push(resolve));
  }

  /** Runs `close` behind the last answer. */
  end(close: () => void): void {
    if (this.ended) return;
    this.ended = true;
    this.ending = close;
    this.advance();
  }

  /** Drops what is not on its way yet, so that `close` comes as soon as it can. */
  cut(close: () => void): void {
    this.waiting.length = 0;
    this.next = 0;
    this.heldBytes = this.handedBytes;
    this.end(close);
  }

  private handOver(message: Buffer): void {
    const { length } = message;
    this.handedBytes += length;
    this.stream.write(message, () => {
      this.handedBytes -= length;
      this.heldBytes -= length;
      this.takenBytes += length;
      this.advance();
    });
  }

  private advance(): void {
    while (this.next < this.waiting.length && this.handedBytes < this.lowBytes) {
      this.handOver(this.waiting[this.next++]!);
    }
    if (this.next === this.waiting.length) {
      this.waiting.length = 0;
      this.next = 0;
      this.ending?.();
      this.ending = undefined;
    }
    if (this.ended || this.heldBytes < this.lowBytes) {
      for (const resolve of this.onDrained.splice(0)) resolve();
    }
  }
}
