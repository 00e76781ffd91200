import type { BusTopic } from '@allora/contracts/catalog';
import type { Tx } from '@allora/store/database';
import type { LogPosition } from './transport';

export interface Delivery<T> {
  readonly message: T;
  readonly eventId: string;
  readonly producedAtMs: number;
  /** W3C trace context of the producer, empty when it had none. */
  readonly traceParent: string;
  readonly position: LogPosition;
}

/** One transaction of a service: what it writes and what it tells commit together. */
export interface UnitOfWork {
  readonly tx: Tx;
  /** Writes the event to the outbox; it is relayed to the log, in order, after the commit. */
  publish<T>(topic: BusTopic<T>, message: T): Promise<void>;
  /** For calls to look at what is there now: made when the transaction has committed, and lost if the process ends before. */
  afterCommit(call: () => void): void;
}

export type Handler<T> = (message: T, unit: UnitOfWork, delivery: Delivery<T>) => Promise<void>;
/** All deliveries are of one key, in log order. */
export type BatchHandler<T> = (deliveries: readonly Delivery<T>[], unit: UnitOfWork) => Promise<void>;

export interface ReplayOutcome {
  readonly replayed: number;
  /** Given up again; they stand behind the others on the dead letter topic. */
  readonly failed: number;
}

/** A record that this service gave up on, and that no replay has taken up since. */
export interface WaitingDeadLetter {
  readonly service: string;
  readonly topic: string;
  readonly reason: 'undecodable' | 'handler_failed';
  readonly attempts: number;
  /** Name, message and stack of the last failure. */
  readonly error: string;
  readonly key: string;
  /** Of the record on its topic. */
  readonly position: LogPosition;
  /** Empty when not even the envelope can be read. */
  readonly schema: string;
  readonly eventId: string;
  readonly bytes: number;
  readonly appendedAtMs: number;
  readonly failedAtMs: number;
}

/** What a service sees of the bus. */
export interface ServiceBus {
  /**
   * Registers before `start`. Effects and the event's id commit together, so each event takes effect once. Several handlers
   * of one topic share its events' transactions, in the order of registration.
   */
  on<T>(topic: BusTopic<T>, handler: Handler<T>): void;
  onBatch<T>(topic: BusTopic<T>, handler: BatchHandler<T>): void;
  /** Appends straight to the log and resolves when it is durable there: for records whose place in the log is the point. */
  append<T>(
    topic: BusTopic<T>,
    messages: readonly T[],
    /** Trace contexts of what each message was made of. */
    causes?: readonly (readonly string[])[],
  ): Promise<LogPosition[]>;
  /**
   * A transaction outside any delivery (a command by HTTP or gRPC, a tick). With `key` (a topic id) it takes turns with the
   * handlers of that key in this service, on all replicas: a handler must not call it with its own key.
   */
  transaction<R>(options: { key?: string }, work: (unit: UnitOfWork) => Promise<R>): Promise<R>;
  start(): Promise<void>;
  /** Stops intake, finishes what is in flight, relays what is in the outbox, commits. */
  drain(): Promise<void>;
  /** Topics that this service has handlers of. */
  readonly topics: readonly BusTopic<unknown>[];
  /** This service's dead letters of the topic that wait for a replay; nothing moves. At most `limit`, oldest first. */
  listDeadLetters<T>(topic: BusTopic<T>, options: { limit: number }): Promise<WaitingDeadLetter[]>;
  /**
   * Gives this service's dead letters of the topic to its handlers again, each once; those that other services gave up stay
   * untouched. An operator calls it after the cause is mended.
   */
  replayDeadLetters<T>(topic: BusTopic<T>): Promise<ReplayOutcome>;
}
