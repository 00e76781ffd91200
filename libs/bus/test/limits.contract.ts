import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createServiceBus } from '../src/create-service-bus';
import { readDeadLetter } from '../src/dead-letters';
import { maxRecordBytes, RecordTooLargeError } from '../src/transport';
import type { ContractStage } from './contract-stage';
import { eventually, fact, testLog, testOptions } from './support';

/** What a record, a key and a process may hold. */
export function limitsContract(stage: ContractStage): void {
  const { fresh, service, lettersOf } = stage;

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
    await stage.transport.append(topic.name, [{ key: '1', value: Buffer.alloc(limit, 1) }]);
    const [stored] = await eventually(
      () => lettersOf(topic.name),
      (letters) => letters.length === 1,
    );
    expect(readDeadLetter(stored!).record.value.length).toBe(limit);
  });

  it('refuses a key that is no id', async () => {
    const { topic } = await fresh();
    for (const key of ['', 'a b', '\0', 'é', 'x'.repeat(201)]) {
      const appending = async () => stage.transport.append(topic.name, [{ key, value: Buffer.from('x') }]);
      await expect(appending()).rejects.toThrow('is not 1 to 200 visible ASCII characters');
    }
  });

  it('shares a registry between the services of one process', async () => {
    const { service: name, topic } = await fresh();
    const registry = new Registry();
    const make = (one: string) =>
      createServiceBus({
        service: one,
        database: stage.database,
        transport: stage.transport,
        registry,
        log: testLog,
        options: testOptions,
      });
    const [a, b] = [make(`${name}-a`), make(`${name}-b`)];
    await a.append(topic, [fact(1, 1)]);
    await b.append(topic, [fact(1, 2)]);
    expect(await registry.metrics()).toContain(`allora_bus_published_total{service="${name}-b"`);
  });
}
