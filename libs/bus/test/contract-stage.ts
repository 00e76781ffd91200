import { Database } from '@allora/store/database';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { BusOptions } from '../src/options';
import { trackConsumptions, type TrackedTransport } from '../src/testing';
import { type BusTransport, deadLetterTopic, type StoredRecord } from '../src/transport';
import { effectsOf, effectsTable, eventually, type Fact, factTopic, testBus } from './support';

/** How the suite reaches one adapter. */
export interface BusAdapter {
  readonly name: 'kafka' | 'embedded';
  /** Every call makes another process's worth of transport on the same log. */
  readonly open: (databaseUrl: string) => Promise<BusTransport>;
  /** What another process needs to open the same log. */
  readonly address: () => Promise<Record<string, string>>;
}

/** What the tests of the contract stand on: a database, the transport of the test in hand, and who runs on it. */
export interface ContractStage {
  readonly adapter: BusAdapter;
  readonly database: Database;
  readonly databaseUrl: string;
  /** Of the test in hand; `fresh` opens it. */
  readonly transport: BusTransport;
  readonly openTransport: () => Promise<BusTransport>;
  /** A service and a topic that no other test has. */
  readonly fresh: () => Promise<{ service: string; topic: ReturnType<typeof factTopic> }>;
  /** A service that is drained after the test. */
  readonly service: (
    name: string,
    options?: Partial<BusOptions>,
    over?: BusTransport,
    db?: Database,
  ) => ReturnType<typeof testBus>;
  /** The numbers that the service's handlers wrote down, in order. */
  readonly numbers: (name: string, key?: Fact['topicId']) => Promise<number[]>;
  readonly lettersOf: (topicName: string) => Promise<StoredRecord[]>;
}

/** Within a `describe`: opens the stage before its tests, and finds what a test left open. */
export function openContractStage(adapter: BusAdapter): ContractStage {
  let testDatabase: TestDatabase;
  let database: Database;
  let transport: BusTransport;
  let tracked: TrackedTransport[] = [];
  let running: { drain(): Promise<void> }[] = [];
  let serial = 0;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    database = Database.open({ url: testDatabase.url, maxConnections: 20 });
    await database.prisma.$executeRawUnsafe(effectsTable);
  });

  afterAll(async () => {
    await database.close();
    await testDatabase.drop();
  });

  afterEach(async () => {
    for (const bus of running) await bus.drain();
    const leaked = tracked.flatMap(({ openGroups }) => openGroups());
    for (const opened of tracked) await opened.transport.close();
    tracked = [];
    running = [];
    expect(leaked, 'consumptions left open').toEqual([]);
  });

  const openTransport = async (): Promise<BusTransport> => {
    const opened = trackConsumptions(await adapter.open(testDatabase.url));
    tracked.push(opened);
    return opened.transport;
  };

  return {
    adapter,
    openTransport,
    get database() {
      return database;
    },
    get databaseUrl() {
      return testDatabase.url;
    },
    get transport() {
      return transport;
    },
    fresh: async () => {
      const name = `t${++serial}-${process.pid}`;
      transport = await openTransport();
      const topic = factTopic(name);
      await transport.ensureTopics([topic, { name: deadLetterTopic(topic.name), retentionDays: null }]);
      return { service: `service-${name}`, topic };
    },
    service: (name, options = {}, over = transport, db = database) => {
      const made = testBus(name, db, over, options);
      running.push(made.bus);
      return made;
    },
    numbers: async (name, key) =>
      (await effectsOf(database, name))
        .filter((effect) => key === undefined || effect.key === String(key))
        .map(({ number }) => number),
    lettersOf: async (topicName) => {
      const letters: StoredRecord[] = [];
      const consumption = await transport.consume({
        group: `reader-${++serial}`,
        topics: [deadLetterTopic(topicName)],
        maxBatchRecords: 10,
        handle: (records) => Promise.resolve(void letters.push(...records)),
      });
      await eventually(
        async () => Object.values(await consumption.lag()),
        ([lag]) => lag === 0,
      );
      await consumption.stop();
      return letters;
    },
  };
}
