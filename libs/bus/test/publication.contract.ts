import { expect, it } from 'vitest';
import type { UnitOfWork } from '../src/service-bus';
import type { BusTransport } from '../src/transport';
import type { ContractStage } from './contract-stage';
import { eventually, fact, recordEffect, upTo } from './support';

/** What a transaction tells goes out with it, and not without it. */
export function publicationContract(stage: ContractStage): void {
  const { fresh, service, numbers } = stage;

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

  it('makes the calls of a transaction once it has committed, and none when it has not', async () => {
    const { service: name } = await fresh();
    const { bus } = service(name);
    const seen: number[][] = [];
    const work = async (unit: UnitOfWork, n: number) => {
      unit.afterCommit(() => seen.push([n]));
      await recordEffect(unit, name, fact(1, n));
      if (n === 1) throw new Error('thought better of it');
    };
    await expect(bus.transaction({ key: '1' }, (unit) => work(unit, 1))).rejects.toThrow('better');
    expect(seen).toEqual([]);
    let standing: Promise<number[]> | undefined;
    await bus.transaction({ key: '1' }, async (unit) => {
      unit.afterCommit(() => (standing = numbers(name)));
      await work(unit, 2);
      expect(seen).toEqual([]);
    });
    expect(seen).toEqual([[2]]);
    expect(await standing).toEqual([2]);
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
      ...stage.transport,
      append: async (to, records) => {
        const positions = await stage.transport.append(to, records);
        if (crashes-- > 0) throw new Error('killed before it heard of the append');
        return positions;
      },
    };
    const { bus, metric } = service(name, {}, crashing);
    bus.on(topic, (message, unit) => recordEffect(unit, name, message));
    await bus.start();
    for (const n of upTo(20)) await bus.transaction({ key: '3' }, (unit) => unit.publish(topic, fact(3, n)));
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
}
