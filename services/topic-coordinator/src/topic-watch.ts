import type { StreamWindowsResponse } from '@allora/contracts/gen/allora/topics/v1/topics';

/** Who follows a topic. Being slow costs it states in between, and nobody else anything: only the latest is kept. */
export class WindowFollower implements AsyncIterable<StreamWindowsResponse> {
  private ended = false;
  private resume: (() => void) | undefined;

  constructor(readonly watch: TopicWatch) {}

  wake(): void {
    this.resume?.();
  }

  end(): void {
    this.ended = true;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamWindowsResponse> {
    let taken: StreamWindowsResponse | undefined;
    while (!this.ended) {
      const { latest } = this.watch;
      if (latest === taken || !latest) await new Promise<void>((resolve) => (this.resume = resolve));
      else yield (taken = latest);
    }
  }
}

const windowsText = ({ windows }: StreamWindowsResponse): string => JSON.stringify(windows);

/** One topic that is followed in this process. */
export class TopicWatch {
  readonly followers = new Set<WindowFollower>();
  /** The topic's `told_height` when the poll last looked. */
  polledHeight: number | undefined;
  private last: StreamWindowsResponse | undefined;
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(
    readonly topicId: number,
    private readonly read: () => Promise<StreamWindowsResponse>,
  ) {}

  /** Replaced by another object when other windows are open, and only then. */
  get latest(): StreamWindowsResponse | undefined {
    return this.last;
  }

  /** Resolves once there is something to tell. */
  async ready(): Promise<void> {
    if (!this.last) await (this.running ?? this.look());
  }

  /** Reads what is open now. However many ask while a reading runs, one more follows it and serves them all. */
  look(): Promise<void> {
    if (this.next) return this.next;
    if (!this.running) return this.start();
    this.next = this.running
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.start();
      });
    return this.next;
  }

  private start(): Promise<void> {
    this.running = this.read()
      .then((now) => this.accept(now))
      .finally(() => (this.running = undefined));
    return this.running;
  }

  private accept(now: StreamWindowsResponse): void {
    if (this.last && windowsText(this.last) === windowsText(now)) return;
    this.last = now;
    for (const follower of this.followers) follower.wake();
  }
}
