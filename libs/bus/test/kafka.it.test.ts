import { randomBytes } from 'node:crypto';
import { createKafkaTransport } from '../src/kafka-transport';
import { ensureStack } from '../../../deploy/stack/stack';
import { busContract } from './bus.contract';
import { testLog } from './support';

const prefix = `test-${randomBytes(4).toString('hex')}.`;

busContract({
  name: 'kafka',
  open: async () => {
    const { kafkaBrokers } = await ensureStack({ parts: ['kafka'] });
    return createKafkaTransport({
      brokers: kafkaBrokers.split(','),
      clientId: 'bus-test',
      log: testLog,
      prefix,
      sessionTimeoutMs: 6_000,
      commitIntervalMs: 50,
    });
  },
  address: async () => ({ brokers: (await ensureStack({ parts: ['kafka'] })).kafkaBrokers, prefix }),
});
