import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { afterAll, expect, it, vi } from 'vitest';
import { ensureStack } from '../../../deploy/stack/stack';
import { deleteTopicsOf, withKafkaAdmin } from '../src/kafka-admin';
import { createKafkaTransport } from '../src/kafka-transport';
import { busContract } from './bus.contract';
import { testLog } from './support';

const prefix = `test-${randomBytes(4).toString('hex')}.`;
const brokersOf = async () => (await ensureStack({ parts: ['kafka'] })).kafkaBrokers;

const open = async () =>
  createKafkaTransport({
    brokers: (await brokersOf()).split(','),
    clientId: 'bus-test',
    log: testLog,
    prefix,
    sessionTimeoutMs: 6_000,
    commitIntervalMs: 50,
  });

busContract({
  name: 'kafka',
  open,
  address: async () => ({ brokers: await brokersOf(), prefix }),
});

it("gives back the topics of a prefix, and nobody else's", async () => {
  const brokers = (await brokersOf()).split(',');
  const [mine, theirs] = ['a.', 'b.'].map((end) => `${prefix}${end}`) as [string, string];
  await withKafkaAdmin(brokers, async (admin) => {
    await admin.createTopics({ topics: [mine, theirs].map((own) => ({ topic: `${own}facts` })) });
    await deleteTopicsOf(brokers, mine);
    const left = (await admin.listTopics()).filter((topic) =>
      [mine, theirs].some((own) => topic.startsWith(own)),
    );
    expect(left).toEqual([`${theirs}facts`]);
    // Nothing is left of the first, which is no failure; of an empty prefix all topics would be.
    await deleteTopicsOf(brokers, mine);
    await expect(deleteTopicsOf(brokers, '')).rejects.toThrow('every topic begins with an empty prefix');
    expect(await admin.listTopics()).toContain(`${theirs}facts`);
  });
});

it('lets a process sleep while it has nothing to ask the broker', async () => {
  const transport = await open();
  try {
    const topic = 'idle';
    await transport.ensureTopics([{ name: topic, retentionDays: null }]);
    await transport.append(topic, [{ key: 'a', value: Buffer.from('b') }]);
    const looks = vi.spyOn(RequestQueue.prototype, 'checkPendingRequests');
    await sleep(200);
    expect(looks).not.toHaveBeenCalled();
    await transport.append(topic, [{ key: 'a', value: Buffer.from('c') }]);
    expect(looks).toHaveBeenCalled();
  } finally {
    vi.restoreAllMocks();
    await transport.close();
  }
});

/** The broker outlives the run. */
afterAll(async () => deleteTopicsOf((await brokersOf()).split(','), prefix));
