import { randomBytes, randomUUID } from 'node:crypto';
import { createServiceBus } from '../src/create-service-bus';
import { createEmbeddedTransport } from '../src/embedded-transport';
import { deleteTopicsOf } from '../src/kafka-admin';
import { createKafkaTransport } from '../src/kafka-transport';
import type { ServiceBus } from '../src/service-bus';
import type { BusTransport } from '../src/transport';
import { Database } from '@allora/store/database';
import { createTestDatabase } from '@allora/store/testing';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import pg from 'pg';
import { Registry } from 'prom-client';
import { ensureStack } from '../../../deploy/stack/stack';
import { fact, factTopic, quiet } from '../test/support';
import { type Finding, perSecond, report, spreadOf, type Spread, timed } from './measure';

const payload = 'x'.repeat(300);
const callers = 32;
const hops = 8;
const run = randomBytes(4).toString('hex');

interface Reference {
  readonly name: string;
  readonly perSecond: number;
  readonly spread: Spread;
}

/** One row in one transaction, as a service without a bus would write it. */
async function bareInsert(databaseUrl: string): Promise<Reference> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 8 });
  await pool.query('CREATE TABLE bare (id bigserial PRIMARY KEY, key text NOT NULL, value bytea NOT NULL)');
  const value = Buffer.from(payload);
  const insert = () =>
    pool.query({ name: 'bare', text: 'INSERT INTO bare (key, value) VALUES ($1, $2)', values: ['1', value] });
  const spread = await timed(500, insert);
  const rate = await perSecond(callers, 3_000, insert);
  await pool.end();
  return { name: 'a bare INSERT + COMMIT', perSecond: rate, spread };
}

/** kafkajs as its manual shows it, from send to eachMessage. */
async function bareKafkajs(brokers: string[]): Promise<{ append: Reference; trip: Reference }> {
  const topic = `bench-${run}.bare`;
  const kafka = new Kafka({ brokers, clientId: 'bare', logLevel: logLevel.NOTHING });
  const [admin, consumer] = [kafka.admin(), kafka.consumer({ groupId: topic, maxWaitTimeInMs: 100 })];
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: false });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const arrivals = new Map<string, () => void>();
  await consumer.subscribe({ topic });
  await consumer.run({
    eachMessage: ({ message }) => Promise.resolve(arrivals.get(String(message.key))?.()),
  });
  const send = (key: string) => producer.send({ topic, acks: -1, messages: [{ key, value: payload }] });
  const append = { name: 'bare kafkajs send', spread: await timed(300, () => send('-')), perSecond: NaN };
  const tripSpread = await timed(300, async (i) => {
    const arrived = new Promise<void>((resolve) => arrivals.set(String(i), resolve));
    await Promise.all([send(String(i)), arrived]);
  });
  const rate = await perSecond(callers, 3_000, () => send('-'));
  await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()]);
  return {
    append: { ...append, perSecond: rate },
    trip: { name: 'bare kafkajs send to eachMessage', spread: tripSpread, perSecond: rate },
  };
}

function busOf(service: string, database: Database, transport: BusTransport): ServiceBus {
  return createServiceBus({ service, database, transport, registry: new Registry(), log: quiet });
}

/** A fact passed from service to service, each with a row written and a next fact told in one transaction. */
async function hopLatency(database: Database, transport: BusTransport): Promise<Spread> {
  const topics = Array.from({ length: hops + 1 }, (_, i) => factTopic(`bench-${run}-${i}`));
  await transport.ensureTopics(topics);
  const arrivals = new Map<number, () => void>();
  const buses = topics.map((topic, i) => {
    const bus = busOf(`bench-${run}-${i}`, database, transport);
    bus.on(topic, async (message, unit) => {
      await unit.tx.$executeRaw`INSERT INTO bare (key, value) VALUES ('1', ''::bytea)`;
      const next = topics[i + 1];
      if (next) await unit.publish(next, message);
      else arrivals.get(message.height)?.();
    });
    return bus;
  });
  for (const bus of buses) await bus.start();
  const samples: number[] = [];
  for (let n = -20; n < 150; n++) {
    const arrived = new Promise<void>((resolve) => arrivals.set(n + 1_000, resolve));
    const began = performance.now();
    await buses[0]!.transaction({ key: '1' }, (unit) =>
      unit.publish(topics[0]!, fact(1, n + 1_000, payload)),
    );
    await arrived;
    if (n >= 0) samples.push((performance.now() - began) / (hops + 1));
  }
  for (const bus of buses) await bus.drain();
  return spreadOf(samples);
}

async function handleRate(database: Database, transport: BusTransport): Promise<number> {
  const topic = factTopic(`bench-${run}-load`);
  const [count, keys] = [4_000, 16];
  const bus = busOf(`bench-${run}-load`, database, transport);
  let [handled, done] = [0, () => undefined as void];
  const finished = new Promise<void>((resolve) => (done = resolve));
  bus.on(topic, async (_, unit) => {
    await unit.tx.$executeRaw`INSERT INTO bare (key, value) VALUES ('1', ''::bytea)`;
    if (++handled === count) done();
  });
  await transport.ensureTopics([topic]);
  await bus.append(
    topic,
    Array.from({ length: count }, (_, i) => fact(i % keys, i, payload)),
  );
  const began = performance.now();
  await bus.start();
  await finished;
  const rate = count / ((performance.now() - began) / 1_000);
  await bus.drain();
  return rate;
}

async function measure(
  label: string,
  database: Database,
  transport: BusTransport,
  append: Reference,
  hop: Reference,
) {
  const topic = factTopic(`bench-${run}-append`);
  await transport.ensureTopics([topic]);
  const bus = busOf(`bench-${run}-append`, database, transport);
  const one = () => bus.append(topic, [fact(1, 1, payload)]);
  const alone = await timed(500, one);
  const rate = await perSecond(callers, 3_000, one);
  const hopSpread = await hopLatency(database, transport);
  const line = (
    what: string,
    value: number,
    unit: string,
    reference: string,
    referenceValue: number,
  ): Finding => ({
    ...{ case: `${label}: ${what}`, value, unit, reference, referenceValue },
  });
  return [
    line(`appends, ${callers} callers`, rate, 'records/s', append.name, append.perSecond),
    line('append p50', alone.p50, 'ms', append.name, append.spread.p50),
    line('append p99', alone.p99, 'ms', append.name, append.spread.p99),
    line('hop p50', hopSpread.p50, 'ms', hop.name, hop.spread.p50),
    line('hop p99', hopSpread.p99, 'ms', hop.name, hop.spread.p99),
    line(
      'handled, 16 keys',
      await handleRate(database, transport),
      'events/s',
      append.name,
      append.perSecond,
    ),
  ];
}

async function main(): Promise<void> {
  const { kafkaBrokers } = await ensureStack({ parts: ['postgres', 'kafka'] });
  const brokers = kafkaBrokers.split(',');
  const testDatabase = await createTestDatabase();
  const database = Database.open({
    url: testDatabase.url,
    maxConnections: 16,
    name: `bench ${randomUUID()}`,
  });
  const transports = [
    createEmbeddedTransport({ databaseUrl: testDatabase.url, log: quiet }),
    createKafkaTransport({ brokers, clientId: 'bench', log: quiet, prefix: `bench-${run}.` }),
  ] as const;
  try {
    const insert = await bareInsert(testDatabase.url);
    const kafkajs = await bareKafkajs(brokers);
    const findings = [
      ...(await measure('embedded', database, transports[0], insert, insert)),
      ...(await measure('kafka', database, transports[1], kafkajs.append, kafkajs.trip)),
    ];
    report('bus', findings, process.argv.includes('--json'));
  } finally {
    for (const transport of transports) await transport.close();
    await database.close();
    await testDatabase.drop();
    await deleteTopicsOf(brokers, `bench-${run}.`);
  }
}

void main();
