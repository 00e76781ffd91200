import { positionBehind, wholeFactsAt } from './stream-cursor';
import type { ToldFact, Wire } from './told-fact';

/** Where a reader's events go. */
export interface Outlet {
  readonly wire: Wire;
  readonly ended: boolean;
  /** Never waits; a reader that is too far behind is cut off, which ends the outlet. */
  write(frame: Buffer): void;
  /** Resolves when the reader has taken nearly everything, or the outlet has ended. */
  drained(): Promise<void>;
  /** The reader is to come again with its cursor. */
  close(): void;
}

/** One reader, and how far it has been told. */
export class Subscription {
  constructor(
    readonly outlet: Outlet,
    /** Undefined: all. */
    readonly topics: readonly number[] | undefined,
    /** Bits of `KIND_BITS`. */
    readonly kinds: number,
    private position: number,
  ) {}

  /** The last fact it was told as a whole. */
  get seq(): number {
    return wholeFactsAt(this.position);
  }

  /** Facts come in their order; one that it was told before is passed over. */
  offer(fact: ToldFact): void {
    for (const frame of fact.framesFor(this.outlet.wire, this.kinds, this.position)) this.outlet.write(frame);
    this.passed(fact.seq);
  }

  /** Nothing up to this fact is left that it has not been told. */
  passed(seq: number): void {
    this.position = Math.max(this.position, positionBehind(seq));
  }
}
