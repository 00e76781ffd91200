import { randomBytes } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll } from 'vitest';
import { ensureStack } from '../../../deploy/stack/stack';
import { createKafkaTransport } from '../src/kafka-transport';
import { busContract } from './bus.contract';
import { testLog } from './support';

const prefix = `test-${randomBytes(4).toString('hex')}.`;
const brokersOf = async () => (await ensureStack({ parts: ['kafka'] })).kafkaBrokers;

busContract({
  name: 'kafka',
  open: async () =>
    createKafkaTransport({
      brokers: (await brokersOf()).split(','),
      clientId: 'bus-test',
      log: testLog,
      prefix,
      sessionTimeoutMs: 6_000,
      commitIntervalMs: 50,
    }),
  address: async () => ({ brokers: await brokersOf(), prefix }),
});

/** The broker outlives the run. */
afterAll(async () => {
  const admin = new Kafka({ brokers: (await brokersOf()).split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
  await admin.deleteTopics({ topics });
  await admin.disconnect();
});
