import type { SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import type { AlloraError } from './errors';
import type { Receipt } from './types';

export interface Unanswered {
  readonly sequence: number;
  readonly signed: SignedMessage;
  readonly endMs: number;
  /** How often it was told to come again. */
  refusals: number;
}

interface Entry extends Unanswered {
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: AlloraError) => void;
  readonly timer: NodeJS.Timeout;
}

/** Submissions on their way over a stream: those to be sent, in their order, and those sent without an answer yet. */
export class InFlight {
  private readonly entries = new Map<number, Entry>();
  private waiting: Entry[] = [];
  private readonly sent = new Set<Entry>();
  private lastSequence = 0;
  private readonly whenEmpty: (() => void)[] = [];

  constructor(private readonly maxSent: number) {}

  get isEmpty(): boolean {
    return this.entries.size === 0;
  }

  add(signed: SignedMessage, deadlineMs: number, late: () => AlloraError): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      const sequence = ++this.lastSequence;
      const timer = setTimeout(() => this.reject(entry, late()), deadlineMs);
      const endMs = Date.now() + deadlineMs;
      const entry: Entry = { sequence, signed, endMs, refusals: 0, resolve, reject, timer };
      this.entries.set(sequence, entry);
      this.waiting.push(entry);
    });
  }

  /** The next to be sent, which then counts as sent; undefined when there is none or enough are under way. */
  next(): Unanswered | undefined {
    while (this.sent.size < this.maxSent) {
      const entry = this.waiting.shift();
      if (!entry) return undefined;
      if (!this.entries.has(entry.sequence)) continue;
      this.sent.add(entry);
      return entry;
    }
    return undefined;
  }

  get(sequence: number): Unanswered | undefined {
    return this.entries.get(sequence);
  }

  resolve({ sequence }: Unanswered, receipt: Receipt): void {
    this.take(sequence)?.resolve(receipt);
  }

  reject({ sequence }: Unanswered, error: AlloraError): void {
    this.take(sequence)?.reject(error);
  }

  rejectAll(error: AlloraError): void {
    for (const entry of [...this.entries.values()]) this.reject(entry, error);
  }

  /** Sends it again after the pause; false when that is too late for it. */
  putBack({ sequence }: Unanswered, pauseMs: number, ready: () => void): boolean {
    const entry = this.entries.get(sequence);
    if (!entry || Date.now() + pauseMs > entry.endMs) return false;
    entry.refusals += 1;
    this.sent.delete(entry);
    setTimeout(() => {
      if (!this.entries.has(sequence)) return;
      this.waiting.push(entry);
      ready();
    }, pauseMs);
    return true;
  }

  /** The call is gone: everything that it had taken goes first over the next one. */
  resendAll(): void {
    this.waiting = [...this.sent, ...this.waiting].sort((a, b) => a.sequence - b.sequence);
    this.sent.clear();
  }

  empty(): Promise<void> {
    return this.isEmpty ? Promise.resolve() : new Promise((resolve) => this.whenEmpty.push(resolve));
  }

  private take(sequence: number): Entry | undefined {
    const entry = this.entries.get(sequence);
    if (!entry) return undefined;
    clearTimeout(entry.timer);
    this.entries.delete(sequence);
    this.sent.delete(entry);
    if (this.isEmpty) for (const resolve of this.whenEmpty.splice(0)) resolve();
    return entry;
  }
}
