import { createServiceBus } from '../src/create-service-bus';
import { readDeadLetter } from '../src/dead-letters';
import { seal } from '../src/envelope';
import type { BusOptions } from '../src/options';
import type { UnitOfWork } from '../src/service-bus';
import { trackConsumptions, type TrackedTransport } from '../src/testing';
import {
  type BusTransport,
  deadLetterTopic,
  maxRecordBytes,
  RecordTooLargeError,
  type StoredRecord,
} from '../src/transport';
import { Database } from '@allora/store/database';
import { createTestDatabase, type TestDatabase } from '@allora/store/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { killedWorkers } from './killed-workers';
import {
  effectsOf,
  effectsTable,
  eventually,
  fact,
  type Fact,
  factTopic,
  newSeed,
  recordEffect,
  seeded,
  testBus,
  testLog,
  testOptions,
  upTo,
} from './support';

/** How the suite reaches one adapter. */
export interface BusAdapter {
  readonly name: 'kafka' | 'embedded';
  /** Every call makes another process's worth of transport on the same log. */
  readonly open: (databaseUrl: string) => Promise<BusTransport>;
  /** What another process needs to open the same log. */
  readonly address: () => Promise<Record<string, string>>;
}

export function busContract(adapter: BusAdapter): void {
  describe(`bus on ${adapter.name}`, () => {
    let testDatabase: TestDatabase;
    let database: Database;
    let transport: BusTransport;
    let tracked: TrackedTransport[] = [];
    let running: { drain(): Promise<void> }[] = [];
    let serial = 0;

    const openTransport = async (): Promise<BusTransport> => {
      const opened = trackConsumptions(await adapter.open(testDatabase.url));
      tracked.push(opened);
      return opened.transport;
    };

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
      for (const { transport } of tracked) await transport.close();
      tracked = [];
      running = [];
      expect(leaked, 'consumptions left open').toEqual([]);
    });

    /** A service and a topic that no other test has. */
    const fresh = async () => {
      const name = `t${++serial}-${process.pid}`;
      transport = await openTransport();
      const topic = factTopic(name);
      await transport.ensureTopics([topic, { name: deadLetterTopic(topic.name), retentionDays: null }]);
      return { service: `service-${name}`, topic };
    };

    const service = (
      name: string,
      options: Partial<BusOptions> = {},
      over: BusTransport = transport,
      db = database,
    ) => {
      const made = testBus(name, db, over, options);
      running.push(made.bus);
      return made;
    };

    const numbers = async (name: string, key?: number) =>
      (await effectsOf(database, name))
        .filter((e) => key === undefined || e.key === String(key))
        .map((e) => e.number);

    const lettersOf = async (topicName: string): Promise<StoredRecord[]> => {
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
    };

    it('keeps the order of each key under concurrency, one handler of a key at a time', async () => {
      const { service: name, topic } = await fresh();
      const random = seeded(newSeed());
      const { bus } = service(name);
      const inside = new Map<number, number>();
      let overlaps = 0;
      bus.on(topic, async (message, unit) => {
        overlaps += inside.get(message.topicId) ?? 0;
        inside.set(message.topicId, 1);
        await recordEffect(unit, name, message);
        if (random() < 0.2) await sleep(random() * 5);
        inside.set(message.topicId, 0);
      });
      await bus.start();
      await Promise.all(
        upTo(10).map(async (key) => {
          for (let n = 1; n <= 40; n += 4)
            await bus.append(
              topic,
              [0, 1, 2, 3].map((i) => fact(key, n + i)),
            );
        }),
      );
      await eventually(
        () => numbers(name),
        (all) => all.length === 400,
      );
      for (const key of upTo(10)) expect(await numbers(name, key)).toEqual(upTo(40));
      expect(overlaps).toBe(0);
    });

    it('answers an append with the place in the log', async () => {
      const { topic, service: name } = await fresh();
      const { bus } = service(name);
      const first = await bus.append(topic, [fact(1, 1), fact(1, 2)]);
      const [third] = await bus.append(topic, [fact(1, 3)]);
      expect(new Set([...first, third!].map(({ partition }) => partition)).size).toBe(1);
      expect(first[0]!.offset).toBeLessThan(first[1]!.offset);
      expect(first[1]!.offset).toBeLessThan(third!.offset);
    });

    it('lets an event take effect once, however often it is delivered', async () => {
      const { service: name, topic } = await fresh();
      const { bus, metric } = service(name);
      bus.on(topic, (message, unit) => recordEffect(unit, name, message));
      await bus.start();
      const once = seal(topic, fact(7, 1), { nowMs: Date.now(), traceParent: '' });
      await transport.append(topic.name, [once, once]);
      await transport.append(topic.name, [
        once,
        seal(topic, fact(7, 2), { nowMs: Date.now(), traceParent: '' }),
      ]);
      await eventually(
        () => numbers(name),
        (all) => all.includes(2),
      );
      expect(await numbers(name)).toEqual([1, 2]);
      expect(await metric('allora_bus_duplicates_total')).toBe(2);
    });

    it('lets an event take effect once when connections break before and after the commit', async () => {
      const { service: name, topic } = await fresh();
      const random = seeded(newSeed());
      const broken = () => Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' });
      const flaky = Object.assign(Object.create(database) as Database, {
        transaction: async <R>(work: (tx: UnitOfWork['tx']) => Promise<R>) => {
          const fate = random();
          const result = await database.transaction(async (tx) => {
            const value = await work(tx);
            if (fate < 0.2) throw broken();
            return value;
          });
          if (fate > 0.8) throw broken();
          return result;
        },
      });
      const { bus, metric } = service(name, {}, transport, flaky);
      bus.on(topic, (message, unit) => recordEffect(unit, name, message));
      await bus.start();
      await bus.append(
        topic,
        upTo(60).map((n) => fact(n % 3, n)),
      );
      await eventually(
        () => numbers(name),
        (all) => all.length >= 60,
      );
      await bus.drain();
      for (const key of [0, 1, 2]) {
        expect(await numbers(name, key)).toEqual(upTo(60).filter((n) => n % 3 === key));
      }
      expect(await metric('allora_bus_dead_lettered_total')).toBe(0);
      expect(await metric('allora_bus_retried_total', { cause: 'infrastructure' })).toBeGreaterThan(0);
    });

    it('lets events take effect once, in order, when the process is killed again and again', async () => {
      const { service: name, topic } = await fresh();
      const producer = service(`${name}-producer`).bus;
      await producer.append(
        topic,
        upTo(300).map((n) => fact(n % 5, n)),
      );
      await producer.drain();
      await transport.close(); // the embedded log belongs to one process at a time
      await killedWorkers({
        worker: {
          service: name,
          topic: topic.name,
          databaseUrl: testDatabase.url,
          ...(await adapter.address()),
        },
        random: seeded(newSeed()),
        done: async () => (await numbers(name)).length,
        total: 300,
      });
      for (const key of upTo(5)) {
        expect(await numbers(name, key % 5)).toEqual(upTo(300).filter((n) => n % 5 === key % 5));
      }
    });

    it('tells what a transaction published if it commits, and nothing if it does not', async () => {
      const { service: name, topic } = await fresh();
      const { bus } = service(name, { relayBatchRecords: 3 });
      bus.on(topic, (message, unit) => recordEffect(unit, name, message));
      await bus.start();
      const failing = bus.transaction({ key: '1' }, async (unit) => {
        await unit.publish(topic, fact(1, 100));
        await recordEffect(unit, `${name}-own`, fact(1, 100));
        throw new Error('thought better of it');
      });
      await expect(failing).rejects.toThrow('thought better of it');
      await bus.transaction({ key: '1' }, async (unit) => {
        for (const n of upTo(10)) await unit.publish(topic, fact(1, n));
      });
      await bus.transaction({ key: '1' }, async (unit) => {
        for (const n of upTo(10)) await unit.publish(topic, fact(1, 10 + n));
      });
      await eventually(
        () => numbers(name),
        (all) => all.length === 20,
      );
      await bus.drain();
      expect(await numbers(name)).toEqual(upTo(20));
      expect(await numbers(`${name}-own`)).toEqual([]);
    });

    it('refuses a publication after the end of its transaction', async () => {
      const { service: name, topic } = await fresh();
      const { bus } = service(name);
      const unit = await bus.transaction({}, (open) => Promise.resolve(open));
      await expect(unit.publish(topic, fact(1, 1))).rejects.toThrow('after the transaction had ended');
    });

    it('relays again after a crash between the append and the deletion, and nothing happens twice', async () => {
      const { service: name, topic } = await fresh();
      let crashes = 3;
      const crashing: BusTransport = {
        ...transport,
        append: async (to, records) => {
          const positions = await transport.append(to, records);
          if (crashes-- > 0) throw new Error('killed before it heard of the append');
          return positions;
        },
      };
      const { bus, metric } = service(name, {}, crashing);
      bus.on(topic, (message, unit) => recordEffect(unit, name, message));
      await bus.start();
      for (const n of upTo(20))
        await bus.transaction({ key: '3' }, (unit) => unit.publish(topic, fact(3, n)));
      await eventually(
        () => numbers(name),
        (all) => all.length === 20,
      );
      expect(await numbers(name)).toEqual(upTo(20));
      await eventually(
        () => metric('allora_bus_duplicates_total'),
        (count) => count > 0,
      );
    });

    it('tries a failing handler again, then puts the record aside and goes on', async () => {
      const { service: name, topic } = await fresh();
      const { bus, metric } = service(name);
      const attempts = new Map<number, number>();
      bus.on(topic, async (message, unit) => {
        await recordEffect(unit, name, message);
        const attempt = (attempts.get(message.height) ?? 0) + 1;
        attempts.set(message.height, attempt);
        if (message.height === 3) throw new Error('always');
        if (message.height === 5 && attempt < 3) throw new Error('twice');
      });
      await bus.start();
      await bus.append(topic, [...upTo(6).map((n) => fact(1, n)), ...upTo(6).map((n) => fact(2, 10 + n))]);
      await eventually(
        () => numbers(name),
        (all) => all.length === 11,
      );
      expect(await numbers(name, 1)).toEqual([1, 2, 4, 5, 6]);
      expect(await numbers(name, 2)).toEqual([11, 12, 13, 14, 15, 16]);
      expect([attempts.get(3), attempts.get(5)]).toEqual([3, 3]);
      const letters = (await lettersOf(topic.name)).map((stored) => readDeadLetter(stored).letter);
      expect(letters).toHaveLength(1);
      expect(letters[0]).toMatchObject({ service: name, topic: topic.name, key: '1', attempts: 3 });
      expect(letters[0]!.error).toContain('always');
      expect(await metric('allora_bus_dead_lettered_total', { reason: 'handler_failed' })).toBe(1);
      expect(await metric('allora_bus_retried_total', { cause: 'handler' })).toBe(4);
    });

    it('goes on past bytes that are no envelope, or of another message', async () => {
      const { service: name, topic } = await fresh();
      const { bus, metric } = service(name);
      bus.on(topic, (message, unit) => recordEffect(unit, name, message));
      await bus.start();
      const foreign = seal({ ...topic, schema: 'allora.topics.v1.Topic' }, fact(1, 9), {
        nowMs: 1,
        traceParent: '',
      });
      await transport.append(topic.name, [
        { key: '1', value: Buffer.from([0xff, 0xff, 0xff]) },
        { key: '1', value: new Uint8Array(0) },
        foreign,
      ]);
      await bus.append(topic, [fact(1, 1)]);
      await eventually(
        () => numbers(name),
        (all) => all.length === 1,
      );
      const letters = await lettersOf(topic.name);
      expect(
        letters.map((stored) => Buffer.from(readDeadLetter(stored).record.value).toString('hex')),
      ).toEqual(['ffffff', '', Buffer.from(foreign.value).toString('hex')]);
      expect(await metric('allora_bus_dead_lettered_total', { reason: 'undecodable' })).toBe(3);
    });

    it('replays dead letters once each, and only those of the service', async () => {
      const { service: name, topic } = await fresh();
      let mended = new Set<number>();
      const startService = async (serviceName: string) => {
        const { bus } = service(serviceName);
        bus.on(topic, async (message, unit) => {
          if (message.height > 2 && !mended.has(message.height)) throw new Error('not mended');
          await recordEffect(unit, serviceName, message);
        });
        await bus.start();
        return bus;
      };
      const [one, other] = [await startService(name), await startService(`${name}-other`)];
      await one.append(
        topic,
        upTo(4).map((n) => fact(1, n)),
      );
      await eventually(
        () => lettersOf(topic.name),
        (letters) => letters.length === 4,
      );
      mended = new Set([3]);
      expect(await one.replayDeadLetters(topic)).toEqual({ replayed: 1, failed: 1 });
      expect(await numbers(name)).toEqual([1, 2, 3]);
      mended = new Set([3, 4]);
      expect(await one.replayDeadLetters(topic)).toEqual({ replayed: 1, failed: 0 });
      expect(await one.replayDeadLetters(topic)).toEqual({ replayed: 0, failed: 0 });
      expect(await numbers(name)).toEqual([1, 2, 3, 4]);
      expect(await numbers(`${name}-other`)).toEqual([1, 2]);
      expect(await other.replayDeadLetters(topic)).toEqual({ replayed: 2, failed: 0 });
    });

    it('waits out an outage, however long, and gives up no record for it', async () => {
      const { service: name, topic } = await fresh();
      const { bus, metric } = service(name);
      let outages = 12;
      bus.on(topic, async (message, unit) => {
        if (outages-- > 0) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        await recordEffect(unit, name, message);
      });
      await bus.start();
      await bus.append(topic, [fact(1, 1), fact(1, 2)]);
      await eventually(
        () => numbers(name),
        (all) => all.length === 2,
      );
      expect(await numbers(name)).toEqual([1, 2]);
      expect(await metric('allora_bus_dead_lettered_total')).toBe(0);
      expect(await metric('allora_bus_retried_total', { cause: 'infrastructure' })).toBe(12);
    });

    it('stops in the middle of an outage without losing the record', async () => {
      const { service: name, topic } = await fresh();
      const away = service(name);
      away.bus.on(topic, () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' })));
      await away.bus.start();
      await away.bus.append(topic, [fact(1, 1)]);
      await eventually(
        () => away.metric('allora_bus_retried_total'),
        (retries) => retries > 1,
      );
      await away.bus.drain();
      const back = service(name);
      back.bus.on(topic, (message, unit) => recordEffect(unit, name, message));
      await back.bus.start();
      await eventually(
        () => numbers(name),
        (all) => all.length === 1,
      );
    });

    it('hands batches of one key, in order, in one transaction; a bad record in one costs only itself', async () => {
      const { service: name, topic } = await fresh();
      const { bus } = service(name, { maxBatchRecords: 50 });
      const sizes: number[] = [];
      bus.onBatch(topic, async (deliveries, unit) => {
        expect(new Set(deliveries.map(({ message }) => message.topicId)).size).toBe(1);
        for (const { message } of deliveries) await recordEffect(unit, name, message);
        if (deliveries.some(({ message }) => message.height === 30)) throw new Error('bad record');
        sizes.push(deliveries.length);
      });
      await bus.append(
        topic,
        upTo(40).flatMap((n) => [fact(1, n), fact(2, 100 + n)]),
      );
      await bus.start();
      await eventually(
        () => numbers(name),
        (all) => all.length === 79,
      );
      expect(await numbers(name, 1)).toEqual(upTo(40).filter((n) => n !== 30));
      expect(await numbers(name, 2)).toEqual(upTo(40).map((n) => 100 + n));
      expect(Math.max(...sizes)).toBeGreaterThan(5);
    });

    it('runs several handlers of one topic in one transaction', async () => {
      const { service: name, topic } = await fresh();
      const { bus } = service(name);
      let failures = 1;
      bus.on(topic, (message, unit) => recordEffect(unit, name, message));
      bus.on(topic, async (message, unit) => {
        if (failures-- > 0) throw new Error('the second fails first');
        await recordEffect(unit, name, { ...message, height: message.height + 100 });
      });
      await bus.start();
      await bus.append(topic, [fact(1, 1)]);
      await eventually(
        () => numbers(name),
        (all) => all.length === 2,
      );
      expect(await numbers(name)).toEqual([1, 101]);
    });

    it('gives every service every event', async () => {
      const { service: name, topic } = await fresh();
      const names = [`${name}-a`, `${name}-b`];
      for (const one of names) {
        const { bus } = service(one);
        bus.on(topic, (message, unit) => recordEffect(unit, one, message));
        await bus.start();
      }
      await service(`${name}-producer`).bus.append(
        topic,
        upTo(5).map((n) => fact(1, n)),
      );
      for (const one of names)
        await eventually(
          () => numbers(one),
          (all) => all.length === 5,
        );
    });

    it('takes turns between the handlers of a key and its transactions', async () => {
      const { service: name, topic } = await fresh();
      const { bus } = service(name);
      await database.prisma
        .$executeRaw`CREATE TABLE IF NOT EXISTS counters (name text PRIMARY KEY, value int NOT NULL)`;
      await database.prisma.$executeRaw`INSERT INTO counters VALUES (${name}, 0)`;
      const increment = async ({ tx }: UnitOfWork) => {
        const [row] = await tx.$queryRaw<
          { value: number }[]
        >`SELECT value FROM counters WHERE name = ${name}`;
        await sleep(1);
        await tx.$executeRaw`UPDATE counters SET value = ${row!.value + 1}::int WHERE name = ${name}`;
      };
      bus.on(topic, (_, unit) => increment(unit));
      await bus.start();
      await Promise.all([
        bus.append(
          topic,
          upTo(20).map((n) => fact(1, n)),
        ),
        ...upTo(20).map(() => bus.transaction({ key: '1' }, increment)),
      ]);
      const value = () =>
        database.prisma.$queryRaw<{ value: number }[]>`SELECT value FROM counters WHERE name = ${name}`;
      await eventually(value, ([row]) => row!.value === 40);
    });

    it('loses nothing at a drain, and resumes where it stopped', async () => {
      const { service: name, topic } = await fresh();
      const run = async () => {
        const { bus, metric } = service(name, { maxBatchRecords: 16 });
        bus.on(topic, async (message, unit) => {
          await recordEffect(unit, name, message);
          if (message.topicId < 100) await unit.publish(topic, fact(message.topicId + 100, message.height));
        });
        await bus.start();
        return { bus, metric };
      };
      const first = await run();
      await first.bus.append(
        topic,
        upTo(200).map((n) => fact(1 + (n % 4), n)),
      );
      await eventually(
        () => numbers(name),
        (all) => all.length > 20,
      );
      await first.bus.drain();
      const [outbox] = await database.prisma.$queryRaw<{ rows: number }[]>`
        SELECT count(*)::int AS rows FROM bus.outbox WHERE service = ${name}`;
      expect(outbox).toEqual({ rows: 0 });
      const before = (await numbers(name)).length;
      await sleep(100);
      expect((await numbers(name)).length).toBe(before);
      const second = await run();
      await eventually(
        () => numbers(name),
        (all) => all.length === 400,
      );
      for (const key of upTo(4)) expect(await numbers(name, key)).toEqual(await numbers(name, key + 100));
      await second.bus.drain();
      const third = await run();
      await third.bus.append(topic, [fact(500, 1)]);
      await eventually(
        () => numbers(name, 500),
        (all) => all.length === 1,
      );
      expect(await third.metric('allora_bus_duplicates_total')).toBe(0);
      expect(await third.metric('allora_bus_handled_total')).toBe(1);
    });

    it('measures lag, outbox and latency', async () => {
      const { service: name, topic } = await fresh();
      const { bus, metric } = service(name);
      let open!: () => void;
      const gate = new Promise<void>((resolve) => (open = resolve));
      bus.on(topic, () => gate);
      await bus.start();
      await bus.transaction({ key: '1' }, async (unit) => {
        for (const n of upTo(7)) await unit.publish(topic, fact(1, n));
      });
      const labels = { service: name, topic: topic.name };
      await eventually(
        () => metric('allora_bus_consumer_lag_records', labels),
        (lag) => lag === 7,
      );
      open();
      await eventually(
        () => metric('allora_bus_consumer_lag_records', labels),
        (lag) => lag === 0,
      );
      await eventually(
        () => metric('allora_bus_handled_total', labels),
        (count) => count === 7,
      );
      expect(await metric('allora_bus_published_total', labels)).toBe(7);
      expect(await metric('allora_bus_outbox_rows', { service: name })).toBe(0);
      expect(await metric('allora_bus_relay_leader', { service: name })).toBe(1);
    });

    it('carries a record up to the limit, and refuses a larger one by name', async () => {
      const { service: name, topic } = await fresh();
      const { bus } = service(name);
      const lengths: number[] = [];
      bus.on(topic, (message) => Promise.resolve(void lengths.push(message.address.length)));
      await bus.start();
      const large = fact(1, 1, 'x'.repeat(8 * 1024 * 1024));
      await expect(bus.append(topic, [large])).rejects.toThrow(RecordTooLargeError);
      await expect(bus.transaction({}, (unit) => unit.publish(topic, large))).rejects.toThrow(
        RecordTooLargeError,
      );
      const allowed = 8 * 1024 * 1024 - 1_000;
      await bus.append(topic, [fact(1, 2, 'x'.repeat(allowed))]);
      await bus.transaction({}, (unit) => unit.publish(topic, fact(1, 3, 'x'.repeat(allowed))));
      await eventually(
        () => lengths.length,
        (count) => count === 2,
      );
      expect(lengths).toEqual([allowed, allowed]);
    });

    it('puts a record at the limit aside whole', async () => {
      const { service: name, topic } = await fresh();
      const { bus } = service(name, { maxAttempts: 1 });
      bus.on(topic, () => Promise.reject(new Error('x'.repeat(100_000))));
      await bus.start();
      const limit = maxRecordBytes;
      await transport.append(topic.name, [{ key: '1', value: Buffer.alloc(limit, 1) }]);
      const [stored] = await eventually(
        () => lettersOf(topic.name),
        (letters) => letters.length === 1,
      );
      expect(readDeadLetter(stored!).record.value.length).toBe(limit);
    });

    it('refuses a key that is no id', async () => {
      const { topic } = await fresh();
      for (const key of ['', 'a b', '\0', 'é', 'x'.repeat(201)]) {
        const appending = async () => transport.append(topic.name, [{ key, value: Buffer.from('x') }]);
        await expect(appending()).rejects.toThrow('is not 1 to 200 visible ASCII characters');
      }
    });

    it('shares a registry between the services of one process', async () => {
      const { service: name, topic } = await fresh();
      const registry = new Registry();
      const make = (one: string) =>
        createServiceBus({ service: one, database, transport, registry, log: testLog, options: testOptions });
      const [a, b] = [make(`${name}-a`), make(`${name}-b`)];
      await a.append(topic, [fact(1, 1)]);
      await b.append(topic, [fact(1, 2)]);
      expect(await registry.metrics()).toContain(`allora_bus_published_total{service="${name}-b"`);
    });

    if (adapter.name === 'kafka') {
      it('shares keys among replicas, also while one leaves and one joins', async () => {
        const { service: name, topic } = await fresh();
        const replica = async (worker: string) => {
          const { bus } = service(name, { maxBatchRecords: 8 }, await openTransport());
          bus.on(topic, async (message: Fact, unit) => {
            await recordEffect(unit, name, message, worker);
            await sleep(1);
          });
          await bus.start();
          return bus;
        };
        const [one] = [await replica('one'), await replica('two')];
        let sent = 0;
        const send = async (count: number) => {
          for (let i = 0; i < count; i += 25) {
            const next = upTo(25).map((n) => fact((sent + n) % 12, sent + n));
            sent += 25;
            await one.append(topic, next);
            await sleep(5);
          }
        };
        await send(200);
        const leaving = sleep(50).then(() => one.drain());
        const joining = replica('three');
        await send(200);
        await Promise.all([leaving, joining]);
        await send(200);
        await eventually(
          () => numbers(name),
          (all) => all.length >= 600,
          60_000,
        );
        for (let key = 0; key < 12; key++) {
          expect(await numbers(name, key)).toEqual(upTo(600).filter((n) => n % 12 === key));
        }
        expect(new Set((await effectsOf(database, name)).map(({ worker }) => worker)).size).toBe(3);
      });

      it('relays what several replicas commit in the order in which they committed it', async () => {
        const { service: name, topic } = await fresh();
        const buses = [service(name).bus, service(name, {}, await openTransport()).bus];
        const reader = service(`${name}-reader`).bus;
        reader.on(topic, (message, unit) => recordEffect(unit, name, message));
        for (const bus of [...buses, reader]) await bus.start();
        await database.prisma
          .$executeRaw`CREATE TABLE IF NOT EXISTS counters (name text PRIMARY KEY, value int NOT NULL)`;
        await database.prisma.$executeRaw`INSERT INTO counters VALUES (${name}, 0)`;
        const tell = async (unit: UnitOfWork) => {
          const [row] = await unit.tx.$queryRaw<{ value: number }[]>`
            UPDATE counters SET value = value + 1 WHERE name = ${name} RETURNING value`;
          await unit.publish(topic, fact(1, row!.value));
        };
        await Promise.all(upTo(200).map((n) => buses[n % 2]!.transaction({ key: '1' }, tell)));
        await eventually(
          () => numbers(name),
          (all) => all.length === 200,
        );
        expect(await numbers(name)).toEqual(upTo(200));
      });
    } else {
      // One process holds all services, each once: a second member of a group, or a second process, is a mistake.
      it('refuses a second member of a group', async () => {
        const { service: name, topic } = await fresh();
        const [first, second] = [service(name).bus, service(name).bus];
        for (const bus of [first, second]) bus.on(topic, () => Promise.resolve());
        await first.start();
        await expect(second.start()).rejects.toThrow('one member a group');
      });

      it('refuses a second process', async () => {
        const { topic } = await fresh();
        const second = await openTransport();
        await expect(second.ensureTopics([topic])).rejects.toThrow('another process owns the embedded log');
      });
    }
  });
}
