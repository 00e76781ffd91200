import { deleteTopicsOf } from '@allora/bus/kafka-admin';
import type { Receipt } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import type { Account } from '@allora/identity/account';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureStack } from '../../../deploy/stack/stack';
import { type LogHarness, signInference, startLog, until } from './log-harness';
import {
  distinct,
  newPrefix,
  place,
  type Replica,
  replicaHere,
  replicaInProcess,
  setsOnLog,
} from './replica';

const TOPICS = [1, 2, 3];
const AUTHORS_PER_TOPIC = 60;
const NONCE = 10;
const sessionTimeoutMs = 6_000;

let database: TestDatabase;
let brokers: string[];
let log: LogHarness;
let here: Replica;
let doomed: Replica;
let third: Replica;
const prefix = newPrefix();
const limitMs = 120_000;

beforeAll(async () => {
  database = await createTestDatabase();
  brokers = (await ensureStack({ parts: ['kafka'] })).kafkaBrokers.split(',');
  const shared = {
    ...{ databaseUrl: database.url, busTopicPrefix: prefix, networkKey: '2a'.repeat(32) },
    ...{ kafkaSessionTimeoutMs: sessionTimeoutMs, databasePoolSize: 10 },
  };
  log = await startLog('kafka', shared);
  here = replicaHere('here', log);
  const others = { ...shared, coordinatorGrpcAddress: log.app.grpcAddress };
  [doomed, third] = await Promise.all([
    replicaInProcess('doomed', others),
    replicaInProcess('third', others),
  ]);
}, limitMs);

afterAll(async () => {
  await Promise.all([doomed?.kill(), third?.kill()]);
  await log?.close();
  await database?.drop();
  await deleteTopicsOf(brokers, prefix);
}, limitMs);

interface Row {
  readonly topic: number;
  readonly author: string;
  readonly late: boolean;
}

const stored = () =>
  log.app.database.prisma.$queryRaw<Row[]>`
    SELECT topic_id::int AS topic, author, late FROM inference_ingest.submissions WHERE nonce = ${NONCE}::bigint`;

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code);

interface Sent {
  readonly author: Account;
  readonly topicId: number;
  readonly value: string;
  readonly receipts: { readonly by: string; readonly receipt: Receipt }[];
  refused: string | undefined;
}

/** As a client does: the same bytes at the next replica until there is an answer for good. */
async function sendUntilAnswered(sent: Sent, replicas: readonly Replica[]): Promise<void> {
  const { author, topicId, value } = sent;
  const signed = signInference(author, { topicId, nonce: NONCE, value });
  for (let turn = 0; turn < 200; turn += 1) {
    const replica = replicas[turn % replicas.length]!;
    try {
      return void sent.receipts.push({ by: replica.name, receipt: await replica.submit(signed) });
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'GONE' && code !== 'UNAVAILABLE') return void (sent.refused = code);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${author.address} got no answer`);
}

describe('three replicas at once, one of them killed while windows close', () => {
  const all: Sent[] = [];

  beforeAll(async () => {
    for (const topicId of TOPICS)
      for (let n = 0; n < AUTHORS_PER_TOPIC; n += 1)
        all.push({
          author: log.worker(topicId, [NONCE]),
          topicId,
          value: `${n}.5`,
          receipts: [],
          refused: undefined,
        });
    const order = all.toSorted((a, b) => (a.author.address < b.author.address ? -1 : 1));
    const orders = [
      [here, doomed, third],
      [doomed, third, here],
      [third, here, doomed],
    ];
    const aThird = Math.floor(order.length / 3);
    const sending: Promise<void>[] = [];
    const answeredBy = (name: string) => all.filter(({ receipts }) => receipts[0]?.by === name).length;
    for (const [n, sent] of order.entries()) {
      sending.push(sendUntilAnswered(sent, orders[n % 3]!));
      if (n === aThird) await until(() => answeredBy('doomed') > 5);
      // With as many again on their way to it.
      if (n === 2 * aThird - 1) void doomed.kill();
      if (n === 2 * aThird) for (const topicId of TOPICS) await log.closeWindow(topicId, NONCE);
      if (n > 2 * aThird) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all(sending);
    for (const topicId of TOPICS) await sealed(topicId, NONCE);
  }, limitMs);

  /** The table and the log of sets are written in one go: what is sealed is told soon. */
  const sealed = async (topicId: number, nonce: number) =>
    until(async () => {
      const rows = await log.app.database.prisma.$queryRaw<{ parts: number | null }[]>`
        SELECT parts FROM inference_ingest.sealed_sets WHERE topic_id = ${topicId}::bigint AND nonce = ${nonce}::bigint`;
      const waiting = await log.app.database.prisma.$queryRaw<unknown[]>`SELECT 1 FROM bus.outbox LIMIT 1`;
      return rows.length === 1 && rows[0]!.parts !== null && waiting.length === 0;
    }, 60_000);

  it('answered everybody, many before and some after the closing', () => {
    const answered = all.filter(({ receipts }) => receipts.length > 0);
    expect(answered.length).toBeGreaterThan(3 * 5);
    const by = new Set(answered.map(({ receipts }) => receipts[0]!.by));
    expect(by).toEqual(new Set(['here', 'doomed', 'third']));
    const refusals = new Set(all.flatMap(({ refused }) => refused ?? []));
    expect([...refusals]).toEqual(refusals.size > 0 ? ['WINDOW_CLOSED'] : []);
  });

  it('sealed each nonce once, and told each set once', async () => {
    const seals = await log.app.database.prisma.$queryRaw<{ topic: number; sets: number }[]>`
      SELECT topic_id::int AS topic, count(*)::int AS sets FROM inference_ingest.sealed_sets
      WHERE nonce = ${NONCE}::bigint GROUP BY topic_id ORDER BY topic_id`;
    expect(seals).toEqual(TOPICS.map((topic) => ({ topic, sets: 1 })));
    const told = distinct(await setsOnLog(log));
    for (const topicId of TOPICS) {
      const parts = told.filter(({ set }) => set.topicId === topicId && set.nonce === NONCE);
      expect(parts.map(({ set }) => [set.part, set.parts])).toEqual([[0, 1]]);
    }
  });

  it('has every accepted submission in exactly one set, or late', async () => {
    // Also those that an answer was given for in the very moment of the closing are read back by now, or soon.
    const accepted = all.filter(({ receipts }) => receipts.length > 0);
    await until(async () => {
      const known = new Set((await stored()).map(({ topic, author }) => `${topic}/${author}`));
      return accepted.every(({ topicId, author }) => known.has(`${topicId}/${author.address}`));
    });
    const rows = await stored();
    const inSets = distinct(await setsOnLog(log))
      .filter(({ set }) => set.nonce === NONCE)
      .flatMap(({ set }) => set.inferences);
    for (const { author, topicId, value } of accepted) {
      const places = inSets.filter((one) => one.topicId === topicId && one.inferer === author.address);
      const row = rows.filter((one) => one.topic === topicId && one.author === author.address);
      expect(row).toHaveLength(1);
      expect(places.map((one) => one.value)).toEqual(row[0]!.late ? [] : [value]);
    }
    const inTime = rows.filter(({ late }) => !late).map(({ topic, author }) => `${topic}/${author}`);
    expect(inSets.map(({ topicId, inferer }) => `${topicId}/${inferer}`).toSorted()).toEqual(
      inTime.toSorted(),
    );
  });

  it('tells every reader the same sets', async () => {
    const [one, other] = [await setsOnLog(log), await setsOnLog(log)];
    const bytes = (told: typeof one) =>
      distinct(told)
        .map(({ payload }) => payload)
        .toSorted();
    expect(bytes(one)).toEqual(bytes(other));
  });

  it('answers the same bytes with the first receipt at every replica that lives, also for the one that is dead', async () => {
    const again = all.map(async ({ author, topicId, value, receipts }) => {
      const first = receipts[0];
      if (!first) return;
      const signed = signInference(author, { topicId, nonce: NONCE, value });
      for (const replica of [here, third])
        expect(place(await replica.submit(signed)), first.by).toEqual(place(first.receipt));
    });
    await Promise.all(again);
  });
});

describe('two replicas at once', () => {
  it('answer the same bytes with the same receipt', async () => {
    const authors = Array.from({ length: 40 }, () => log.worker(4, [NONCE]));
    const pairs = await Promise.all(
      authors.map((author) => {
        const signed = signInference(author, { topicId: 4, nonce: NONCE, value: '4' });
        return Promise.all([here.submit(signed), third.submit(signed), here.submit(signed)]);
      }),
    );
    for (const [first, ...others] of pairs)
      for (const other of others) expect(place(other)).toEqual(place(first!));
  });

  it('let one of two submissions of an author stand, whichever they answered', async () => {
    const authors = Array.from({ length: 40 }, () => log.worker(5, [NONCE]));
    const outcomes = await Promise.all(
      authors.map((author) =>
        Promise.allSettled(
          [here, third].map((replica, n) =>
            replica.submit(signInference(author, { topicId: 5, nonce: NONCE, value: String(n) })),
          ),
        ),
      ),
    );
    await log.closeWindow(5, NONCE);
    await until(async () => distinct(await setsOnLog(log)).some(({ set }) => set.topicId === 5), 60_000);
    const [told, ...more] = distinct(await setsOnLog(log)).filter(({ set }) => set.topicId === 5);
    expect(more).toEqual([]);
    const standing = new Map(told!.set.inferences.map(({ inferer, value }) => [inferer, value]));
    expect(told!.set.inferences).toHaveLength(authors.length);
    for (const [n, { address }] of authors.entries()) {
      const accepted = outcomes[n]!.map((outcome) => outcome.status === 'fulfilled');
      expect(accepted).toContain(true);
      expect(accepted[Number(standing.get(address))], 'what stands was accepted').toBe(true);
      for (const outcome of outcomes[n]!)
        if (outcome.status === 'rejected') expect(codeOf(outcome.reason)).toBe('CONFLICTING_REPEAT');
    }
  });
});
