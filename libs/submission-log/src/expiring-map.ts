/** Entries that are believed for a time. Bounded: when it is full the oldest go first. */
export class ExpiringMap<K, V> {
  private readonly entries = new Map<K, { readonly value: V; readonly untilMs: number }>();

  constructor(
    private readonly maxEntries: number,
    private readonly nowMs: () => number,
  ) {}

  get(key: K): V | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.untilMs > this.nowMs()) return entry?.value;
    this.entries.delete(key);
    return undefined;
  }

  set(key: K, value: V, lifeMs: number): void {
    this.entries.delete(key);
    this.entries.set(key, { value, untilMs: this.nowMs() + lifeMs });
    if (this.entries.size <= this.maxEntries) return;
    const [oldest] = this.entries.keys();
    this.entries.delete(oldest!);
  }
}
