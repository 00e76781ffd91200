import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { UnitOfWork } from '../src/service-bus';
import type { ContractStage } from './contract-stage';
import { eventually, fact, recordEffect, upTo } from './support';

/** How handlers share keys, topics and transactions, and how a service stops and is measured. */
export function handlersContract(stage: ContractStage): void {
  const { fresh, service, numbers } = stage;

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
    await stage.database.prisma
      .$executeRaw`CREATE TABLE IF NOT EXISTS counters (name text PRIMARY KEY, value int NOT NULL)`;
    await stage.database.prisma.$executeRaw`INSERT INTO counters VALUES (${name}, 0)`;
    const increment = async ({ tx }: UnitOfWork) => {
      const [row] = await tx.$queryRaw<{ value: number }[]>`SELECT value FROM counters WHERE name = ${name}`;
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
      stage.database.prisma.$queryRaw<{ value: number }[]>`SELECT value FROM counters WHERE name = ${name}`;
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
    const [outbox] = await stage.database.prisma.$queryRaw<{ rows: number }[]>`
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
}
