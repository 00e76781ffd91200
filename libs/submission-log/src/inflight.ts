import type { Clock } from '@allora/service-kit/clock';
import type { SubmissionMetrics } from './metrics';
import type { Outcome } from './pending';
import { tooLong } from './unavailable';

const SWEEP_MS = 100;

interface Entrant {
  readonly expiresMs: number;
  settle(outcome: Outcome): void;
}

/** Who is under way at the doors of one log: no more than there is room for, and none without an answer for too long. */
export class Inflight {
  /** In the order in which they came, which is that of their time-outs. */
  private readonly unfinished = new Set<Entrant>();
  private sweeper: NodeJS.Timeout | undefined;

  constructor(
    private readonly limit: number,
    private readonly clock: Clock,
    metrics: SubmissionMetrics,
  ) {
    metrics.countInflight = () => this.unfinished.size;
  }

  get isFull(): boolean {
    return this.unfinished.size >= this.limit;
  }

  add(entrant: Entrant): void {
    this.unfinished.add(entrant);
    this.sweep();
  }

  delete(entrant: Entrant): void {
    this.unfinished.delete(entrant);
  }

  /** The work of one that is answered as too late goes on, and counts as in flight; a repeat of its bytes joins it. */
  private sweep(): void {
    this.sweeper ??= setInterval(() => {
      const nowMs = this.clock.nowMs();
      for (const entrant of this.unfinished) {
        if (entrant.expiresMs > nowMs) break;
        entrant.settle(tooLong());
      }
      if (this.unfinished.size > 0) return;
      clearInterval(this.sweeper);
      this.sweeper = undefined;
    }, SWEEP_MS).unref();
  }
}
