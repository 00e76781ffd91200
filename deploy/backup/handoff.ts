/** One side gives, the other takes; whoever gives waits until it was taken. */
export class Handoff<T> implements AsyncIterable<T> {
  private readonly given: { value: T; taken: () => void }[] = [];
  private wake: () => void = () => undefined;
  private over = false;
  private failure: unknown;

  give(value: T): Promise<void> {
    if (this.over) return Promise.resolve();
    return new Promise((taken) => {
      this.given.push({ value, taken });
      this.wake();
    });
  }

  /** What was given before is still taken. */
  end(failure?: unknown): void {
    this.over = true;
    this.failure ??= failure;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const next = this.given.shift();
      if (next) {
        yield next.value;
        next.taken();
      } else if (this.over) {
        if (this.failure !== undefined) throw this.failure;
        return;
      } else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
