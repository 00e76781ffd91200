import type { Cache, Unsubscribe } from '@allora/service-kit/cache';

const CHANNEL = 'gateway:stream';
/** A fact that was called out and is not there by then was rolled back; delivered again, it is called out again. */
const OUTSTANDING_MS = 2_000;
/** Found ones that are remembered: a call may come behind what it tells of. */
const MAX_REMEMBERED = 1_024;

interface FactName {
  readonly topicId: number;
  readonly nonce: number;
  readonly kind: string;
}

/** Calls between replicas that a fact was committed, and which of them are not found yet. */
export class FactCalls {
  private readonly until = new Map<string, number>();
  private readonly remembered = new Set<string>();

  listen(cache: Cache, wake: () => void): Promise<Unsubscribe> {
    return cache.subscribe(CHANNEL, (message) => this.heard(message.toString(), wake));
  }

  /** To every replica; the own one hears of it at once. */
  send(cache: Cache, fact: FactName, wake: () => void): Promise<void> {
    const name = nameOf(fact);
    this.heard(name, wake);
    return cache.publish(CHANNEL, Buffer.from(name));
  }

  private heard(name: string, wake: () => void): void {
    if (this.remembered.has(name)) return;
    this.until.set(name, performance.now() + OUTSTANDING_MS);
    wake();
  }

  found(fact: FactName): void {
    const name = nameOf(fact);
    this.until.delete(name);
    this.remembered.add(name);
    if (this.remembered.size > MAX_REMEMBERED) {
      const [oldest] = this.remembered;
      this.remembered.delete(oldest ?? name);
    }
  }

  /** Whether a fact is still to be looked for. */
  outstanding(nowMs: number): boolean {
    for (const [name, endMs] of this.until) if (endMs <= nowMs) this.until.delete(name);
    return this.until.size > 0;
  }
}

const nameOf = ({ topicId, nonce, kind }: FactName): string => `${topicId}:${nonce}:${kind}`;
