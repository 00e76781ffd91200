import { RefusalError } from '@allora/contracts/errors';

export interface BatcherOptions<I, O> {
  /** Answers in the order of its items. */
  readonly run: (items: readonly I[]) => Promise<readonly O[]>;
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly bytesOf: (item: I) => number;
  /** Waiting items beyond it are refused. */
  readonly maxQueued: number;
  readonly concurrency: number;
}

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (answer: O) => void;
  readonly reject: (error: unknown) => void;
}

/** Groups what arrives while earlier groups are under way: one at a time when idle, hundreds a round trip under load. */
export class Batcher<I, O> {
  private readonly queue: Waiting<I, O>[] = [];
  private running = 0;

  constructor(private readonly options: BatcherOptions<I, O>) {}

  get queued(): number {
    return this.queue.length;
  }

  add(item: I): Promise<O> {
    if (this.queue.length >= this.options.maxQueued) {
      return Promise.reject(unavailable('more is waiting than can be taken'));
    }
    return new Promise((resolve, reject) => {
      this.queue.push({ item, resolve, reject });
      this.pump();
    });
  }

  private pump(): void {
    while (this.running < this.options.concurrency && this.queue.length > 0) {
      this.running += 1;
      void this.runBatch(this.takeBatch()).finally(() => {
        this.running -= 1;
        this.pump();
      });
    }
  }

  private takeBatch(): Waiting<I, O>[] {
    let bytes = 0;
    let count = 0;
    for (const { item } of this.queue) {
      bytes += this.options.bytesOf(item);
      if (count > 0 && (bytes > this.options.maxBytes || count >= this.options.maxItems)) break;
      count += 1;
    }
    return this.queue.splice(0, count);
  }

  private async runBatch(batch: readonly Waiting<I, O>[]): Promise<void> {
    try {
      const answers = await this.options.run(batch.map(({ item }) => item));
      if (answers.length !== batch.length)
        throw new Error(`${answers.length} answers to ${batch.length} items`);
      batch.forEach(({ resolve }, i) => resolve(answers[i] as O));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

/** Seconds after which a caller may try again; long enough for a leader election, short against any window. */
const RETRY_AFTER_SECONDS = 1;

export const unavailable = (detail: string): RefusalError =>
  new RefusalError('UNAVAILABLE', detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
