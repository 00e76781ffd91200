export interface AppendLimits {
  readonly maxItems: number;
  readonly maxBytes: number;
}

interface Request<Item, Result> {
  readonly items: readonly Item[];
  readonly bytes: number;
  readonly resolve: (results: Result[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: while one write is under way, what arrives is gathered, and goes out as the next one. Order of arrival is
 * order in the log, and under load the cost of a write is shared.
 */
export class AppendBatcher<Item, Result> {
  private pending: Request<Item, Result>[] = [];
  private running: Promise<void> | undefined;

  constructor(
    private readonly write: (items: readonly Item[]) => Promise<Result[]>,
    private readonly sizeOf: (item: Item) => number,
    private readonly limits: AppendLimits,
  ) {}

  add(items: readonly Item[]): Promise<Result[]> {
    if (items.length === 0) return Promise.resolve([]);
    const bytes = items.reduce((sum, item) => sum + this.sizeOf(item), 0);
    const done = new Promise<Result[]>((resolve, reject) =>
      this.pending.push({ items, bytes, resolve, reject }),
    );
    this.running ??= this.run();
    return done;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    await Promise.resolve(); // what the same turn of the event loop adds goes into the first write
    while (this.pending.length > 0) await this.writeOut(this.takeBatch());
    this.running = undefined;
  }

  private takeBatch(): Request<Item, Result>[] {
    let [items, bytes, count] = [0, 0, 0];
    for (const request of this.pending) {
      items += request.items.length;
      bytes += request.bytes;
      if (count > 0 && (items > this.limits.maxItems || bytes > this.limits.maxBytes)) break;
      count++;
    }
    return this.pending.splice(0, count);
  }

  private async writeOut(batch: readonly Request<Item, Result>[]): Promise<void> {
    try {
      const results = await this.write(batch.flatMap(({ items }) => items));
      let from = 0;
      for (const { items, resolve } of batch) resolve(results.slice(from, (from += items.length)));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
