export interface BatcherOptions<I, O> {
  /** Answers in the order of its items. */
  readonly run: (items: readonly I[]) => Promise<readonly O[]>;
  readonly maxItems: number;
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

  add(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.queue.push({ item, resolve, reject });
      this.pump();
    });
  }

  private pump(): void {
    while (this.running < this.options.concurrency && this.queue.length > 0) {
      this.running += 1;
      void this.runBatch(this.queue.splice(0, this.options.maxItems)).finally(() => {
        this.running -= 1;
        this.pump();
      });
    }
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
