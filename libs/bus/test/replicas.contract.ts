import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { UnitOfWork } from '../src/service-bus';
import type { ContractStage } from './contract-stage';
import { effectsOf, eventually, fact, type Fact, recordEffect, upTo } from './support';

/** Several processes of one service. */
export function replicasContract(stage: ContractStage): void {
  const { openTransport, fresh, service, numbers } = stage;

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
    expect(new Set((await effectsOf(stage.database, name)).map(({ worker }) => worker)).size).toBe(3);
  });

  it('relays what several replicas commit in the order in which they committed it', async () => {
    const { service: name, topic } = await fresh();
    const buses = [service(name).bus, service(name, {}, await openTransport()).bus];
    const reader = service(`${name}-reader`).bus;
    reader.on(topic, (message, unit) => recordEffect(unit, name, message));
    for (const bus of [...buses, reader]) await bus.start();
    await stage.database.prisma
      .$executeRaw`CREATE TABLE IF NOT EXISTS counters (name text PRIMARY KEY, value int NOT NULL)`;
    await stage.database.prisma.$executeRaw`INSERT INTO counters VALUES (${name}, 0)`;
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
}
