import { expect, it } from 'vitest';
import type { ContractStage } from './contract-stage';

/** One process holds all services, each once: a second member of a group, or a second process, is a mistake. */
export function oneProcessContract(stage: ContractStage): void {
  const { openTransport, fresh, service } = stage;

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
