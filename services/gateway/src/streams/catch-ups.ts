import type { TrustThresholds } from '@allora/protocol/trust/trust';
import { Slots } from '@allora/bus/turns';
import type { RecentFacts } from './recent-facts';
import type { StreamMetrics } from './stream-metrics';
import type { StreamHead, StreamStore } from './stream.store';
import type { Subscription } from './subscription';
import { ToldFact } from './told-fact';

/** Facts that a reader is given before it has to take some of them. */
const PAGE = 100;
/** Reads of the database at once: readers that all come again at once leave connections to others. */
const READS_AT_ONCE = 4;

/** Brings readers from where they stand to where the stream is. */
export class CatchUps {
  private readonly slots = new Slots(READS_AT_ONCE);

  constructor(
    private readonly store: StreamStore,
    private readonly metrics: StreamMetrics,
    private readonly thresholds: TrustThresholds,
  ) {}

  /** One step; the stream goes on meanwhile. */
  async advance(
    subscription: Subscription,
    { head, recent }: { readonly head: StreamHead; readonly recent: RecentFacts },
  ): Promise<void> {
    const { seq: after, topics, kinds } = subscription;
    const known = recent.after(after, PAGE);
    this.metrics.catchUps.inc({ source: known ? 'memory' : 'database' });
    if (known) await give(subscription, known);
    else {
      const { generation, seq: upTo } = head;
      const rows = await this.slots.run(() => this.store.page({ after, upTo, topics, kinds, limit: PAGE }));
      await give(
        subscription,
        rows.map((row) => new ToldFact(row, { generation, thresholds: this.thresholds })),
      );
      if (rows.length < PAGE) subscription.passed(upTo);
    }
  }
}

/** No faster than the reader takes them: one that catches up is behind by what it asked for, and not too slow. */
async function give(subscription: Subscription, facts: readonly ToldFact[]): Promise<void> {
  const { topics, outlet } = subscription;
  for (const fact of facts) {
    if (outlet.ended) return;
    if (topics && !topics.includes(fact.topicId)) subscription.passed(fact.seq);
    else subscription.offer(fact);
    await outlet.drained();
  }
}
