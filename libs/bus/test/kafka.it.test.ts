import { randomBytes } from 'node:crypto';
import { afterAll } from 'vitest';
import { ensureStack } from '../../../deploy/stack/stack';
import { deleteTopicsOf } from '../src/kafka-topics';
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
afterAll(async () => deleteTopicsOf((await brokersOf()).split(','), prefix));
