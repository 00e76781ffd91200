import type { ToldFact } from './told-fact';

/** What was told last, without gaps: a reader that was away for a moment costs no read. */
export class RecentFacts {
  private facts: ToldFact[] = [];

  constructor(private readonly size: number) {}

  /** The one behind the last. */
  add(fact: ToldFact): void {
    this.facts.push(fact);
    // In halves: dropping one each time would move all the others each time.
    if (this.facts.length >= 2 * this.size) this.facts = this.facts.slice(-this.size);
  }

  /** At most `limit` of those behind `seq`; undefined when some of them are not here any more. */
  after(seq: number, limit: number): readonly ToldFact[] | undefined {
    const first = this.facts[0];
    if (first === undefined || seq + 1 < first.seq) return undefined;
    const from = seq + 1 - first.seq;
    return this.facts.slice(from, from + limit);
  }

  clear(): void {
    this.facts = [];
  }
}
