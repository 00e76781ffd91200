/** Answers of a pure function, kept while there is room; the oldest half goes when it is full. */
export class BoundedMap<K, V> {
  private young = new Map<K, V>();
  private old = new Map<K, V>();

  constructor(private readonly maxEntries: number) {}

  getOrMake(key: K, make: () => V): V {
    const known = this.young.get(key) ?? this.old.get(key);
    if (known !== undefined) return known;
    const made = make();
    if (this.young.size >= this.maxEntries / 2) [this.old, this.young] = [this.young, new Map<K, V>()];
    this.young.set(key, made);
    return made;
  }
}
