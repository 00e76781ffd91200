import { setTimeout as sleep } from 'node:timers/promises';
import { type BusTopic, busTopics } from '@allora/contracts/catalog';
import { Envelope } from '@allora/contracts/gen/allora/bus/v1/envelope';
import { Client } from 'pg';
import { openTransport } from './log-reader';
import type { SeededRandom } from './random';

/** Logs on which an undecodable record meets every service that reads them; not the one that is replayed. */
const poisonedLogs: readonly BusTopic<never>[] = [
  busTopics.epochs,
  busTopics.registrations,
  busTopics.inferenceSubmissions,
  busTopics.forecastSubmissions,
  busTopics.lossSubmissions,
  busTopics.inferenceSets,
  busTopics.networkInferences,
] as unknown as readonly BusTopic<never>[];

const CONSTRAINT = 'chaos_poison';

/** How many dead letters each poison record must have become: one for each service that reads its log. */
export interface Poisoned {
  readonly topic: string;
  readonly services: readonly string[];
  records: number;
}

/** Makes one topic's records fail, in each of the ways in which a record can. */
export class Poison {
  readonly undecodable = new Map<string, Poisoned>();

  constructor(
    private readonly topicId: number,
    private readonly broker: () => string,
    private readonly databaseUrl: () => string,
    private readonly random: SeededRandom,
  ) {}

  /** Bytes that are nothing, and an envelope of something else, behind whatever stands there. */
  async spoil(records: number): Promise<void> {
    const transport = openTransport(this.broker());
    try {
      for (let n = 0; n < records; n += 1) {
        const log = this.random.pick(poisonedLogs);
        await transport.append(log.name, [{ key: String(this.topicId), value: this.bytes() }]);
        const known = this.undecodable.get(log.name);
        if (known) known.records += 1;
        else this.undecodable.set(log.name, { topic: log.name, services: log.consumers, records: 1 });
      }
    } finally {
      await transport.close();
    }
  }

  /** From now on rewards cannot keep the scores of the topic: sound records, whose handler fails. */
  async breakHandler(): Promise<void> {
    await this.alter(`ADD CONSTRAINT ${CONSTRAINT} CHECK (topic_id <> ${this.topicId}) NOT VALID`);
  }

  async mendHandler(): Promise<void> {
    await this.alter(`DROP CONSTRAINT IF EXISTS ${CONSTRAINT}`);
  }

  /** Where rewards gave up. */
  readonly brokenTopic = busTopics.epochScores.name;

  private async alter(change: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const database = new Client({ connectionString: this.databaseUrl(), connectionTimeoutMillis: 5_000 });
      database.on('error', () => undefined);
      try {
        await database.connect();
        await database.query(`ALTER TABLE rewards.pending_epoch_scores ${change}`);
        return;
      } catch (error) {
        if (attempt === 20 || /already exists/.test(String(error))) throw error;
        await sleep(1_000);
      } finally {
        await database.end().catch(() => undefined);
      }
    }
  }

  private bytes(): Uint8Array {
    if (this.random.chance(0.5)) return Buffer.from(`no envelope ${this.random.unit()}`);
    const schema = 'allora.unheard.v1.Of';
    return Envelope.encode({
      eventId: `poison-${this.random.unit()}`,
      schema,
      producedAtMs: 0,
      traceParent: '',
      payload: Buffer.from('payload'),
    }).finish();
  }
}
