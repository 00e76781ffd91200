type Listener = (message: Buffer) => void;

/** Who listens to what in this process. */
export class CacheChannels {
  private readonly channels = new Map<string, Set<Listener>>();

  constructor(private readonly onListenerError: (error: unknown) => void) {}

  has(channel: string): boolean {
    return this.channels.has(channel);
  }

  names(): string[] {
    return [...this.channels.keys()];
  }

  add(channel: string, listener: Listener): void {
    const listeners = this.channels.get(channel) ?? new Set();
    this.channels.set(channel, listeners.add(listener));
  }

  remove(channel: string, listener: Listener): void {
    const listeners = this.channels.get(channel);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.channels.delete(channel);
  }

  /** One listener's failure does not keep the message from the others. */
  tell(channel: string, message: Buffer): void {
    for (const listener of [...(this.channels.get(channel) ?? [])]) {
      try {
        listener(message);
      } catch (error) {
        this.onListenerError(error);
      }
    }
  }

  clear(): void {
    this.channels.clear();
  }
}
