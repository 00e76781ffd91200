import type { BusTopic } from '@allora/contracts/catalog';
import type { Tx } from '@allora/store/database';
import { seal } from './envelope';
import type { UnitOfWork } from './service-bus';
import type { BusTracing, Telling } from './tracing';
import type { LogRecord } from './transport';

interface OutboxGiven {
  readonly service: string;
  readonly tracing: BusTracing;
  readonly nowMs: () => number;
}

/** Gathers what a transaction tells and writes it to the outbox in one statement, last before the commit. */
export class OutboxUnit implements UnitOfWork {
  private readonly told: { topic: string; record: LogRecord; telling: Telling }[] = [];
  private readonly calls: (() => void)[] = [];
  private ended = false;

  constructor(
    readonly tx: Tx,
    private readonly given: OutboxGiven,
  ) {}

  publish<T>(topic: BusTopic<T>, message: T): Promise<void> {
    if (this.ended)
      return Promise.reject(new Error(`published to ${topic.name} after the transaction had ended`));
    const { tracing, nowMs } = this.given;
    const telling = tracing.telling(topic.name, message);
    const stamp = { nowMs: nowMs(), traceParent: telling.traceParent };
    this.told.push({ topic: topic.name, record: seal(topic, message, stamp), telling });
    return Promise.resolve();
  }

  afterCommit(call: () => void): void {
    this.calls.push(call);
  }

  committed(): void {
    for (const { telling } of this.told) telling.end();
    for (const call of this.calls) call();
  }

  /** Returns how many events were written. */
  async end(): Promise<number> {
    this.ended = true;
    if (this.told.length === 0) return 0;
    const topics = this.told.map(({ topic }) => topic);
    const keys = this.told.map(({ record }) => record.key);
    const envelopes = this.told.map(({ record }) => record.value);
    await this.tx.$executeRaw`
      INSERT INTO bus.outbox (service, topic, key, envelope)
      SELECT ${this.given.service}, topic, key, envelope
      FROM unnest(${topics}::text[], ${keys}::text[], ${envelopes}::bytea[])
        WITH ORDINALITY AS told (topic, key, envelope, place)
      ORDER BY place`;
    return this.told.length;
  }
}
