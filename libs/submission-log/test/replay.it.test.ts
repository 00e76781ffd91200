import { deleteTopicsOf, withKafkaAdmin } from '@allora/bus/kafka-admin';
import { busTopics } from '@allora/contracts/catalog';
import type { Receipt, SubmissionRecord } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import { messageHash } from '@allora/identity/signature';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureStack } from '../../../deploy/stack/stack';
import type { SubmissionLogConfig } from '../src/config';
import { beginReveals, commitAll, commitmentRecord, committer, commitTo } from './commit-reveal';
import { type LogHarness, signInference, startLog, until } from './log-harness';
import { distinct, newPrefix, place, setsOnLog, type ToldSet } from './replica';

const TOPICS = [1, 2, 3];
const NONCES = [10, 20];
const LATE_NONCE = 10;
/** In it values are committed to first. */
const REVEALING = 4;
const SETS = TOPICS.length * NONCES.length + 1;
const limitMs = 120_000;

interface Rebuilding {
  readonly settings: Partial<SubmissionLogConfig>;
  /** Everything the ingest knows is gone, and its place in the log with it; the log stands. */
  loseEverything(): Promise<void>;
  cleanUp(): Promise<void>;
}

/** The log is in the same database: all but the log is emptied. */
async function onEmbedded(): Promise<Rebuilding> {
  const database = await createTestDatabase();
  return {
    settings: { databaseUrl: database.url },
    loseEverything: async () => {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      const { rows } = await client.query<{ name: string }>(`
        SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
        WHERE table_schema = 'inference_ingest' AND table_type = 'BASE TABLE'`);
      const tables = [...rows.map(({ name }) => name), 'bus.inbox', 'bus.outbox', 'bus.group_offsets'];
      await client.query(`TRUNCATE ${tables.join(', ')}`);
      await client.end();
    },
    cleanUp: () => database.drop(),
  };
}

/** Another database, and groups that have read nothing. */
async function onKafka(): Promise<Rebuilding> {
  const brokers = (await ensureStack({ parts: ['kafka'] })).kafkaBrokers.split(',');
  const busTopicPrefix = newPrefix();
  const databases: TestDatabase[] = [];
  const settings = { busTopicPrefix, databaseUrl: '', networkKey: '2a'.repeat(32) };
  const newDatabase = async () => {
    const database = await createTestDatabase();
    databases.push(database);
    settings.databaseUrl = database.url;
  };
  await newDatabase();
  return {
    settings,
    loseEverything: async () => {
      await withKafkaAdmin(brokers, async (admin) => {
        const { groups } = await admin.listGroups();
        const ours = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(busTopicPrefix));
        await admin.deleteGroups(ours);
      });
      await newDatabase();
    },
    cleanUp: async () => {
      for (const database of databases) await database.drop();
      await deleteTopicsOf(brokers, busTopicPrefix);
    },
  };
}

describe.each([
  ['embedded', onEmbedded],
  ['kafka', onKafka],
] as const)('an ingest on %s that has lost all but its log', (bus, prepare) => {
  let rebuilding: Rebuilding;
  let log: LogHarness;
  const answered: { signed: SignedMessage; receipt: Receipt }[] = [];
  let before: ToldSet[];
  let rowsBefore: unknown[];
  let commitmentsBefore: { row: { late: boolean } }[];

  beforeAll(async () => {
    rebuilding = await prepare();
    log = await startLog(bus, rebuilding.settings);
    await play(log);
    before = distinct(await setsOnLog(log));
    rowsBefore = await standing(log);
    commitmentsBefore = await commitments(log);
    await log.close();
    await rebuilding.loseEverything();
    log = await startLog(bus, rebuilding.settings);
    await until(async () => (await sealedCount(log)) === SETS, 60_000);
  }, limitMs);
  afterAll(async () => {
    await log?.close();
    await rebuilding?.cleanUp();
  }, limitMs);

  async function play(first: LogHarness): Promise<void> {
    for (const nonce of NONCES) {
      for (const topicId of TOPICS) {
        const workers = Array.from({ length: 15 }, () => first.worker(topicId, NONCES));
        await Promise.all(
          workers.map(async (worker, n) => {
            const signed = signInference(worker, { topicId, nonce, value: `${n}.${nonce}` });
            answered.push({ signed, receipt: await first.intake.acceptSigned(signed) });
          }),
        );
        await first.closeWindow(topicId, nonce, nonce > NONCES[0]! ? NONCES[0] : undefined);
        await first.setOf(topicId, nonce);
      }
    }
    await playReveals(first);
    // What another replica took in the moment of closing stands behind the seal.
    await first.self.append(busTopics.inferenceSubmissions, [lateRecord(first)]);
    await until(async () => (await lateCount(first)) > 0);
  }

  async function playReveals(first: LogHarness): Promise<void> {
    const value = { topicId: REVEALING, nonce: 10, value: '4' };
    const workers = Array.from({ length: 5 }, () => committer(first, REVEALING, [10]));
    const committed = workers.map((worker) => commitTo(worker, value));
    const taking = async (signed: SignedMessage) =>
      answered.push({ signed, receipt: await first.intake.acceptSigned(signed) });
    await commitAll(first, committed.slice(0, 4));
    for (const { commitment } of committed.slice(0, 4)) await taking(commitment);
    await beginReveals(first, REVEALING, 10);
    const { commitment } = committed[4]!;
    await first.self.append(busTopics.inferenceSubmissions, [
      commitmentRecord(workers[4]!, value, commitment),
    ]);
    for (const { reveal } of committed.slice(0, 3)) await taking(reveal);
    await first.closeWindow(REVEALING, 10);
    expect((await first.setOf(REVEALING, 10)).flatMap((part) => part.inferences)).toHaveLength(3);
  }

  function lateRecord(first: LogHarness): SubmissionRecord {
    const named = { topicId: TOPICS[0]!, nonce: LATE_NONCE };
    const worker = first.worker(named.topicId, []);
    const signed = signInference(worker, { ...named, value: '99' });
    const hash = messageHash(signed.payload);
    const value = { ...named, author: worker.address, hash, signed, acceptedAtMs: 1 };
    return { record: { $case: 'submission', value } };
  }

  const lateCount = async (of: LogHarness) => (await standing(of)).filter(({ row }) => row.late).length;

  const standing = ({ app }: LogHarness) =>
    app.database.prisma.$queryRaw<{ row: { late: boolean } }[]>`
      SELECT to_jsonb(s) AS row FROM inference_ingest.submissions s ORDER BY topic_id, nonce, author`;

  const commitments = ({ app }: LogHarness) =>
    app.database.prisma.$queryRaw<{ row: { late: boolean } }[]>`
      SELECT to_jsonb(c) AS row FROM inference_ingest.commitments c ORDER BY topic_id, nonce, author`;

  const sealedCount = async ({ app }: LogHarness) => {
    const rows = await app.database.prisma.$queryRaw<{ sets: number }[]>`
      SELECT count(*)::int AS sets FROM inference_ingest.sealed_sets WHERE parts IS NOT NULL`;
    return rows[0]!.sets;
  };

  it('tells the same sets again, bit for bit', async () => {
    const known = new Set(before.map(({ eventId }) => eventId));
    const again = async () => distinct(await setsOnLog(log)).filter(({ eventId }) => !known.has(eventId));
    await until(async () => (await again()).length === before.length, 60_000);
    const bytes = (told: readonly ToldSet[]) => told.map(({ payload }) => payload).toSorted();
    expect(bytes(await again())).toEqual(bytes(before));
    expect(before).toHaveLength(SETS);
  });

  it('has the same rows, late ones as late ones', async () => {
    await until(async () => (await standing(log)).length === rowsBefore.length);
    expect(await standing(log)).toEqual(rowsBefore);
    expect(await lateCount(log)).toBe(1);
  });

  it('has the same commitments, and takes no more', async () => {
    expect(await commitments(log)).toEqual(commitmentsBefore);
    expect(commitmentsBefore.map(({ row }) => row.late).toSorted()).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    const worker = committer(log, REVEALING, [10]);
    const { commitment, reveal } = commitTo(worker, { topicId: REVEALING, nonce: 10, value: '4' });
    for (const signed of [commitment, reveal])
      await expect(log.intake.acceptSigned(signed)).rejects.toMatchObject({ facts: { stage: 'CLOSED' } });
  });

  it('answers every repeat with the receipt it gave', async () => {
    for (const { receipt } of answered) {
      log.owner.topics.add(receipt.topicId);
      if (receipt.topicId === REVEALING) log.owner.revealing.add(REVEALING);
      log.owner.registrations.add(`${receipt.topicId}/${receipt.author}`);
    }
    const again = answered.map(async ({ signed, receipt }) =>
      expect(place(await log.intake.acceptSigned(signed))).toEqual(place(receipt)),
    );
    await Promise.all(again);
  });

  it('takes nothing more for what is sealed', async () => {
    const worker = log.worker(TOPICS[1]!, []);
    const closed = log.submit(worker, { topicId: TOPICS[1]!, nonce: NONCES[0]!, value: '1' });
    await expect(closed).rejects.toMatchObject({ code: 'WINDOW_CLOSED' });
  });
});
