import { Session } from '@allora/store/session';
import { backoffMs, pause } from './backoff';
import { describeFailure } from './failure';
import { grouped } from './grouped';
import type { BusMetrics } from './metrics';
import type { BusOptions } from './options';
import type { BusTransport, TransportLog } from './transport';

export interface RelayOptions {
  readonly service: string;
  readonly databaseUrl: string;
  readonly transport: BusTransport;
  readonly log: TransportLog;
  readonly metrics: BusMetrics;
  readonly options: BusOptions;
}

interface OutboxRow {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly envelope: Buffer;
}

const settlePollMs = 2;
const maxPassBytes = 8 * 1024 * 1024;

/** Whole rows up to the byte limit, but at least one. */
const selectRows = `
  SELECT id, topic, key, envelope FROM (
    SELECT id, topic, key, envelope, sum(octet_length(envelope)) OVER (ORDER BY id) - octet_length(envelope) AS before
    FROM (SELECT * FROM bus.outbox WHERE service = $1 ORDER BY id LIMIT $2) AS first_rows
  ) AS sized WHERE before < ${maxPassBytes} ORDER BY id`;
const deleteRows = 'DELETE FROM bus.outbox WHERE id = ANY($1::bigint[])';

/**
 * Puts committed events on the log in the order of the outbox. One replica of a service does it at a time, by a session
 * lock. Should the leader lose its session while an append is under way, the next one sends the same rows again: they were
 * not deleted, so every event's first copy still stands in order, and the inbox drops the second.
 */
export class Relay {
  private readonly stopping = new AbortController();
  private readonly channel: string;
  private session: Session | undefined;
  private leads = false;
  private awake = true;
  private ownCommits = false;
  private rounds = 0;
  private settledInRound = 0;
  private ring: () => void = () => undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly given: RelayOptions) {
    this.channel = `allora_outbox_${given.service}`;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** This process has committed events. */
  wake(): void {
    this.ownCommits = true;
    this.rouse();
  }

  /** Resolves when the leader here saw the outbox empty, when another replica leads, or when the time is over. */
  async settled(timeoutMs: number): Promise<void> {
    const before = this.rounds; // a round under way may have looked before the last commit
    const deadline = Date.now() + timeoutMs;
    this.rouse();
    while (this.running && !this.stopping.signal.aborted && Date.now() < deadline) {
      if (this.settledInRound > before) return;
      await pause(settlePollMs);
    }
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.rouse();
    await this.running;
  }

  private rouse(): void {
    this.awake = true;
    this.ring();
  }

  private async run(): Promise<void> {
    const { log, service, options } = this.given;
    for (let failures = 0; !this.stopping.signal.aborted;) {
      try {
        await this.serve(() => (failures = 0));
      } catch (error) {
        failures++;
        log.warn(
          { service, failures, error: describeFailure(error) },
          'the relay of the outbox failed and begins anew',
        );
        const wait = backoffMs(failures, { baseMs: 50, maxMs: options.outageRetryMaxMs });
        await pause(wait, this.stopping.signal).catch(() => undefined);
      } finally {
        await this.leave();
      }
    }
  }

  private async serve(onSuccess: () => void): Promise<void> {
    const { service, databaseUrl } = this.given;
    const session = await Session.open({
      url: databaseUrl,
      name: `allora ${service} relay`,
      onNotification: () => this.rouse(),
    });
    this.session = session;
    await session.query('SET synchronous_commit = off'); // a lost deletion only means a duplicate
    await session.query(`LISTEN "${this.channel}"`);
    while (!this.stopping.signal.aborted) {
      const ownCommits = this.ownCommits;
      this.awake = this.ownCommits = false;
      this.rounds++;
      if (!this.leads) this.setLeads(await session.tryLock(`allora.outbox:${service}`));
      if (this.leads) await this.relayAll(session, onSuccess);
      else await this.follow(session, ownCommits);
      await this.sleep();
    }
  }

  private async relayAll(session: Session, onSuccess: () => void): Promise<void> {
    for (let more = true; more && !this.stopping.signal.aborted;) {
      const rows = await this.oldest(session);
      const byTopic = grouped(rows, ({ topic }) => topic);
      const outcomes = await Promise.allSettled(
        [...byTopic].map(([topic, list]) => this.append(session, topic, list)),
      );
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
      onSuccess();
      more = this.cutShort(rows);
    }
    this.settledInRound = this.rounds;
  }

  /** Whether a limit kept rows back. Rows committed since then have roused the relay, or will be found by the next poll. */
  private cutShort(rows: readonly OutboxRow[]): boolean {
    const bytes = rows.reduce((sum, { envelope }) => sum + envelope.length, 0);
    return rows.length >= this.given.options.relayBatchRecords || bytes >= maxPassBytes;
  }

  private async follow(session: Session, ownCommits: boolean): Promise<void> {
    if (ownCommits) await session.query('SELECT pg_notify($1, $2)', [this.channel, '']);
    this.settledInRound = this.rounds;
  }

  private oldest(session: Session): Promise<OutboxRow[]> {
    const { service, options } = this.given;
    return session.query<OutboxRow>(selectRows, [service, options.relayBatchRecords], 'outbox');
  }

  private async append(session: Session, topic: string, rows: readonly OutboxRow[]): Promise<void> {
    await this.given.transport.append(
      topic,
      rows.map(({ key, envelope }) => ({ key, value: envelope })),
    );
    this.given.metrics.published.inc({ service: this.given.service, topic }, rows.length);
    await session.query(deleteRows, [rows.map(({ id }) => id)], 'outbox-delete');
  }

  private async sleep(): Promise<void> {
    if (this.awake || this.stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.given.options.relayPollMs);
      this.ring = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.ring = () => undefined;
  }

  private async leave(): Promise<void> {
    const session = this.session;
    this.session = undefined;
    this.setLeads(false);
    await session?.close();
  }

  private setLeads(leads: boolean): void {
    this.leads = leads;
    this.given.metrics.relayLeader.set({ service: this.given.service }, leads ? 1 : 0);
  }
}
