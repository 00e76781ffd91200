import type { Delivery } from './service-bus';

/** A message on its way to the log. */
export interface Telling {
  /** W3C trace context that goes with it, in its envelope; empty for none. */
  readonly traceParent: string;
  /** Once it is there. One that never got there has no end, and leaves no trace. */
  end(): void;
}

export interface Handling {
  readonly service: string;
  readonly topic: string;
  readonly deliveries: readonly Delivery<unknown>[];
}

/** Who follows work through the bus. What it adds travels beside the payload: facts are the same with and without it. */
export interface BusTracing {
  /** `causes`: trace contexts of what the message was made of, where that is not the present work. */
  telling(topic: string, message: unknown, causes?: readonly string[]): Telling;
  /** Runs the work on deliveries, all of one key. False: they were given up. */
  handling(what: Handling, run: () => Promise<boolean>): Promise<boolean>;
}

const untold: Telling = { traceParent: '', end: () => undefined };

export const untraced: BusTracing = {
  telling: () => untold,
  handling: (_what, run) => run(),
};
