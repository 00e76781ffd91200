import { setTimeout as sleep } from 'node:timers/promises';
import { createEmbeddedTransport } from '../src/embedded-transport';
import { createKafkaTransport } from '../src/kafka-transport';
import { Database } from '@allora/store/database';
import { factTopic, recordEffect, testBus, testLog } from './support';

/** A consumer in a process of its own, to be killed: see killed-workers.ts. */
async function main(): Promise<void> {
  const { service, topic, databaseUrl, brokers, prefix } = JSON.parse(process.env.WORKER ?? '{}') as Record<
    string,
    string
  >;
  const database = Database.open({ url: databaseUrl!, maxConnections: 8 });
  const transport = brokers
    ? createKafkaTransport({
        ...{ brokers: [brokers], clientId: 'worker', log: testLog },
        prefix: prefix!,
        sessionTimeoutMs: 1_500,
      })
    : createEmbeddedTransport({ databaseUrl: databaseUrl!, log: testLog });
  const { bus } = testBus(service!, database, transport, { maxBatchRecords: 32 });
  bus.on(factTopic(topic!.replace(/^allora\.(.+)\.v1$/, '$1')), async (message, unit) => {
    await recordEffect(unit, service!, message);
    await sleep(1);
  });
  await bus.start();
}

void main();
