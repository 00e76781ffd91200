import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@allora/store/database';
import { expect, it } from 'vitest';
import { seal } from '../src/envelope';
import type { UnitOfWork } from '../src/service-bus';
import type { ContractStage } from './contract-stage';
import { killedWorkers } from './killed-workers';
import { eventually, fact, newSeed, recordEffect, seeded, upTo } from './support';

/** What handlers do happens once, and in order. */
export function effectsContract(stage: ContractStage): void {
  const { fresh, service, numbers } = stage;

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
    await stage.transport.append(topic.name, [once, once]);
    await stage.transport.append(topic.name, [
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
    const flaky = Object.assign(Object.create(stage.database) as Database, {
      transaction: async <R>(work: (tx: UnitOfWork['tx']) => Promise<R>) => {
        const fate = random();
        const result = await stage.database.transaction(async (tx) => {
          const value = await work(tx);
          if (fate < 0.2) throw broken();
          return value;
        });
        if (fate > 0.8) throw broken();
        return result;
      },
    });
    const { bus, metric } = service(name, {}, stage.transport, flaky);
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
    await stage.transport.close(); // the embedded log belongs to one process at a time
    await killedWorkers({
      worker: {
        service: name,
        topic: topic.name,
        databaseUrl: stage.databaseUrl,
        ...(await stage.adapter.address()),
      },
      random: seeded(newSeed()),
      done: async () => (await numbers(name)).length,
      total: 300,
    });
    for (const key of upTo(5)) {
      expect(await numbers(name, key % 5)).toEqual(upTo(300).filter((n) => n % 5 === key % 5));
    }
  });
}
