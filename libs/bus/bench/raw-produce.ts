// kafkajs alone, on the core it is started on: BROKERS GROUP BYTES prints how many records a second it puts on the log.
import { randomBytes } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';

const DURATION_MS = 1_500;
const UNDER_WAY = 4;

const [brokers = '', group = '', bytes = ''] = process.argv.slice(2);
const messages = Array.from({ length: Number(group) }, () => ({
  key: '1',
  value: randomBytes(Number(bytes)),
}));
const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })];
const topic = `bench-raw-produce-${process.pid}`;
await Promise.all([admin.connect(), producer.connect()]);
await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
const send = () => producer.send({ topic, acks: -1, messages });
for (let i = 0; i < 20; i++) await send();
let count = 0;
const began = performance.now();
await Promise.all(
  Array.from({ length: UNDER_WAY }, async () => {
    for (; performance.now() - began < DURATION_MS; count += messages.length) await send();
  }),
);
const rate = count / ((performance.now() - began) / 1_000);
await admin.deleteTopics({ topics: [topic] });
await Promise.all([admin.disconnect(), producer.disconnect()]);
console.log(rate);
