import 'reflect-metadata';
import type { UnitOfWork } from '@allora/bus/service-bus';
import type { BusTopic } from '@allora/contracts/catalog';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import { SYNTHESIS_INPUTS, type SynthesisInput } from '@allora/protocol/epoch/next-synthesis-step';
import { MetricsRegistry } from '@allora/service-kit/metrics';
import { Database } from '@allora/store/database';
import { createTestDatabase } from '@allora/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputsStore } from '../src/inputs.store';
import { SynthesisMetrics } from '../src/metrics';
import { RegretsStore } from '../src/regrets.store';
import { TopicAdvance } from '../src/topic-advance';
import { TopicsStore } from '../src/topics.store';
import { WorkersStore } from '../src/workers.store';
import { epochLogs, EPOCHS, randomNumbers, SILENT_EPOCH, withShadows } from './epoch-logs';
import { inputRecords } from './input-records';

const TOPIC = 7;
const logs = epochLogs(TOPIC);
const records = inputRecords(logs);
const besideShadows = inputRecords(withShadows(logs));
const inOrder = SYNTHESIS_INPUTS.flatMap((input) => logs[input].map(() => input));

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = Database.open({ url: testDatabase.url, maxConnections: 4 });
});

afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

/** As after a restart: nothing is remembered but by the database. */
function freshAdvance(): TopicAdvance {
  const inputs = new InputsStore();
  const metrics = new SynthesisMetrics(new MetricsRegistry(), database, inputs);
  return new TopicAdvance(inputs, new TopicsStore(), new WorkersStore(), new RegretsStore(), metrics);
}

/** Delivers the next record of each named log in turn; what was published, in order. */
async function deliver(order: readonly SynthesisInput[], from = records): Promise<Uint8Array[]> {
  await database.prisma.$executeRaw`
    TRUNCATE synthesis.pending_inputs, synthesis.topics, synthesis.workers, synthesis.regrets, synthesis.network_inferences,
             synthesis.shadow_regrets`;
  const published: Uint8Array[] = [];
  const delivered = new Map<SynthesisInput, number>();
  let advance = freshAdvance();
  for (const [step, input] of order.entries()) {
    const index = delivered.get(input) ?? 0;
    delivered.set(input, index + 1);
    if (step % 5 === 4) advance = freshAdvance();
    const record = from[input][index]!;
    await database.transaction(async (tx) => {
      const publish = <T>(topic: BusTopic<T>, message: T): Promise<void> => {
        published.push(topic.message.encode(message).finish());
        return Promise.resolve();
      };
      const unit: UnitOfWork = { tx, publish, afterCommit: (call) => call() };
      await advance.accept(input, record, unit);
    });
  }
  return published;
}

describe('synthesis on PostgreSQL', () => {
  it('goes from median over mean to weights, and tells of silent epochs', async () => {
    const inferences = (await deliver(inOrder)).map((bytes) => NetworkInference.decode(bytes));
    expect(inferences.map(({ mode }) => mode)).toEqual([
      InferenceMode.MEDIAN,
      InferenceMode.MEDIAN,
      InferenceMode.ALL_NEW,
      InferenceMode.NONE,
      ...Array.from({ length: EPOCHS - 4 }, () => InferenceMode.WEIGHTED),
    ]);
    expect(inferences[SILENT_EPOCH]!.inferers).toEqual([]);
    expect(
      inferences.every(
        ({ passiveInferers, mode }) => mode === InferenceMode.NONE || passiveInferers.length === 1,
      ),
    ).toBe(true);
    const last = inferences.at(-1)!;
    expect(last.initialRegret).not.toBe(0);
    expect(last.oneOutInferer).toHaveLength(4);
    expect(last.confidenceValues).toHaveLength(5);
    const [left] = await database.prisma.$queryRaw<{ sets: number }[]>`
      SELECT count(*)::int AS sets FROM synthesis.pending_inputs WHERE kind IN (1, 2)`;
    expect(left).toEqual({ sets: 0 });
  });

  it('publishes the same bytes for every interleaving of its logs, restarts in between included', async () => {
    const expected = await deliver(inOrder);
    expect(expected).toHaveLength(EPOCHS);
    for (let seed = 1; seed <= 12; seed += 1) {
      expect(await deliver(shuffled(inOrder, seed)), `seed ${seed}`).toEqual(expected);
    }
  });

  it('tells of shadows beside the same inferences, regrets and bytes, in every interleaving', async () => {
    const alone = await deliver(inOrder);
    const stateOf = () => database.prisma.$queryRaw`
      SELECT (SELECT jsonb_agg(r ORDER BY r) FROM synthesis.regrets r) AS regrets,
             (SELECT jsonb_agg(w ORDER BY w) FROM synthesis.workers w) AS workers,
             (SELECT jsonb_agg(t ORDER BY t) FROM synthesis.topics t) AS topics,
             (SELECT array_agg(n.regrets ORDER BY nonce) FROM synthesis.network_inferences n) AS used`;
    const state = await stateOf();
    const beside = await deliver(inOrder, besideShadows);
    expect(await stateOf()).toEqual(state);
    const inferences = beside.map((bytes) => NetworkInference.decode(bytes));
    const others = inferences.map((told) => ({ ...told, shadowInferers: [], shadowForecasters: [] }));
    expect(others.map((told) => NetworkInference.encode(told).finish())).toEqual(alone);
    expect(inferences.map(({ shadowInferers }) => shadowInferers.length)).toEqual(inferences.map(() => 1));
    const { shadowInferers, shadowForecasters, initialRegret, combined } = inferences.at(-1)!;
    for (const told of [shadowInferers[0]!, shadowForecasters[0]!]) {
      expect(told.regret).not.toBe(initialRegret);
      expect(told.weight).toBeGreaterThan(0);
      expect(told.combinedWith).not.toBe(combined);
    }
    expect(inferences[SILENT_EPOCH]!.shadowInferers).toMatchObject([{ inferer: 'bb', weight: undefined }]);
    for (let seed = 1; seed <= 6; seed += 1)
      expect(await deliver(shuffled(inOrder, seed), besideShadows), `seed ${seed}`).toEqual(beside);
  });

  it('ignores records told again after they were used', async () => {
    const expected = await deliver(inOrder);
    const advance = freshAdvance();
    const again: string[] = [];
    for (const input of SYNTHESIS_INPUTS) {
      const [first] = records[input];
      await database.transaction((tx) =>
        advance.accept(input, first!, {
          tx,
          publish: (topic) => {
            again.push(topic.name);
            return Promise.resolve();
          },
          afterCommit: (call) => call(),
        }),
      );
    }
    expect(again).toEqual([]);
    const stored = await database.prisma.$queryRaw<{ message: Uint8Array }[]>`
      SELECT message FROM synthesis.network_inferences WHERE topic_id = ${TOPIC}::bigint ORDER BY nonce`;
    expect(stored.map(({ message }) => Buffer.from(message))).toEqual(
      expected.map((message) => Buffer.from(message)),
    );
  });

  it('keeps regrets to the bit', async () => {
    const random = randomNumbers(5);
    const values = [
      5e-324,
      -1.7976931348623157e308,
      0.1 + 0.2,
      ...Array.from({ length: 97 }, () => random() - 0.5),
    ];
    const ids = {
      topicId: 99,
      inferers: values.map((_, i) => `w${String(i).padStart(3, '0')}`),
      forecasters: [],
    };
    const store = new RegretsStore();
    const loaded = await database.transaction(async (tx) => {
      const empty = await store.load(tx, ids);
      await store.save(tx, ids, empty, { ...empty, inferer: values });
      return store.load(tx, ids);
    });
    expect(loaded.inferer).toEqual(values);
  });
});

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = randomNumbers(seed);
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
