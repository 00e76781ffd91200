import { randomUUID } from 'node:crypto';
import {
  type Admin,
  type ConfigResourceTypes,
  type EachBatchPayload,
  type ITopicConfig,
  type Kafka,
  type KafkaMessage,
  type Message,
  type Producer,
} from 'kafkajs';
import { Handoff } from './handoff';
import { type LogAddress, makeTopics, openKafka, ownTopics, withAdmin } from './kafka';
import { BackupError, readLines, writeLines } from './lines';

/** Names without the prefix. Offsets count from the first record that the dump holds. */
type Line =
  | { readonly format: 1; readonly takenAt: string }
  | {
      readonly topic: string;
      readonly partitions: number;
      readonly configs: Readonly<Record<string, string>>;
    }
  | { readonly topic: string; readonly partition: number; readonly records: readonly DumpedRecord[] }
  | { readonly end: true; readonly records: number };

/** Offset, key, value in base64, time in ms. */
type DumpedRecord = readonly [offset: number, key: string | null, value: string, time: string];

const RECORDS_A_REQUEST = 100;
/** Kafka's number for it; an enum of a CommonJS package is no value here. */
const TOPIC_RESOURCE: ConfigResourceTypes.TOPIC = 2;
const SILENCE_MS = 60_000;
const keptConfigs = ['cleanup.policy', 'retention.ms', 'max.message.bytes'];

/** Every record of every topic of the network that stands there now. Returns how many. */
export async function dumpLog(address: LogAddress, file: string): Promise<number> {
  const kafka = openKafka(address);
  const { prefix } = address;
  let count = 0;
  const lines = async function* (): AsyncGenerator<Line> {
    yield { format: 1, takenAt: new Date().toISOString() };
    const topics = await withAdmin(kafka, (admin) => describeTopics(admin, prefix));
    for (const { topic, ends, configs } of topics)
      yield { topic: topic.slice(prefix.length), partitions: ends.length, configs };
    for await (const { topic, partition, records } of readTopics(kafka, topics)) {
      count += records.length;
      yield { topic: topic.slice(prefix.length), partition, records };
    }
    yield { end: true, records: count };
  };
  await writeLines(file, lines());
  return count;
}

interface DescribedTopic {
  readonly topic: string;
  readonly ends: readonly { readonly partition: number; readonly high: string }[];
  readonly configs: Readonly<Record<string, string>>;
}

async function describeTopics(admin: Admin, prefix: string): Promise<DescribedTopic[]> {
  const names = await ownTopics(admin, prefix);
  const resources = names.map((name) => ({
    type: TOPIC_RESOURCE,
    name,
    configNames: keptConfigs,
  }));
  const described = await admin.describeConfigs({ includeSynonyms: false, resources });
  const configs = new Map(
    described.resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
  return Promise.all(
    names.map(async (topic) => {
      const ends = await admin.fetchTopicOffsets(topic);
      const cut = ends.find(({ low }) => Number(low) > 0);
      if (cut)
        throw new BackupError(
          `${topic}/${cut.partition} has lost its first ${cut.low} records: it is kept for ever`,
        );
      return { topic, ends, configs: configs.get(topic) ?? {} };
    }),
  );
}

interface ReadBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly DumpedRecord[];
}

/** As a group of its own that commits nothing and is removed again. */
async function* readTopics(kafka: Kafka, topics: readonly DescribedTopic[]): AsyncGenerator<ReadBatch> {
  const ends = new Map<string, number>();
  for (const { topic, ends: partitions } of topics)
    for (const { partition, high } of partitions)
      if (Number(high) > 0) ends.set(`${topic}/${partition}`, Number(high));
  if (ends.size === 0) return;
  const groupId = `allora-backup-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  const batches = new Handoff<ReadBatch>();
  const left = new Set(ends.keys());
  const silence = setTimeout(() => {
    batches.end(new BackupError(`Kafka does not give ${[...left][0]} to its end`));
  }, SILENCE_MS);
  consumer.on(consumer.events.CRASH, ({ payload }) => batches.end(payload.error));
  const eachBatch = async ({ batch }: EachBatchPayload): Promise<void> => {
    silence.refresh();
    const { topic, partition } = batch;
    const name = `${topic}/${partition}`;
    const end = ends.get(name) ?? 0;
    const records = batch.messages.filter(({ offset }) => Number(offset) < end).map(dumped);
    if (records.length > 0) await batches.give({ topic, partition, records });
    if (Number(batch.lastOffset()) >= end - 1) left.delete(name);
    if (left.size === 0) batches.end();
  };
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: topics.map(({ topic }) => topic), fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch });
    yield* batches;
  } finally {
    clearTimeout(silence);
    batches.end();
    await consumer.disconnect();
    await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => undefined);
  }
}

const dumped = ({ offset, key, value, timestamp }: KafkaMessage): DumpedRecord => [
  Number(offset),
  key?.toString('utf8') ?? null,
  value?.toString('base64') ?? '',
  timestamp,
];

/** Into a cluster that has none of these topics. Every record comes to stand where it stood. Returns how many. */
export async function restoreLog(address: LogAddress, file: string, replicationFactor = -1): Promise<number> {
  const kafka = openKafka(address);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const admin = kafka.admin();
  await Promise.all([producer.connect(), admin.connect()]);
  try {
    const there = await ownTopics(admin, address.prefix);
    if (there.length > 0)
      throw new BackupError(`Kafka holds topics of this network (${there[0]}, …): give an empty one`);
    let count = 0;
    const topics: ITopicConfig[] = [];
    for await (const line of readLines<Line>(file)) {
      if ('configs' in line) {
        const configEntries = Object.entries(line.configs).map(([name, value]) => ({ name, value }));
        const topic = address.prefix + line.topic;
        topics.push({ topic, numPartitions: line.partitions, replicationFactor, configEntries });
      } else if ('partition' in line) {
        if (topics.length > 0) await makeTopics(admin, topics.splice(0));
        count += await put(producer, address.prefix + line.topic, line.partition, line.records);
      } else if ('end' in line) {
        if (line.records === count) return count;
        throw new BackupError(`the dump should hold ${line.records} records and holds ${count}`);
      }
    }
    throw new BackupError('the dump of the log breaks off: it was not taken to its end');
  } finally {
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  }
}

async function put(
  producer: Producer,
  topic: string,
  partition: number,
  records: readonly DumpedRecord[],
): Promise<number> {
  for (let from = 0; from < records.length; from += RECORDS_A_REQUEST) {
    const some = records.slice(from, from + RECORDS_A_REQUEST);
    const messages = some.map((record) => messageOf(partition, record));
    const [written] = await producer.send({ topic, acks: -1, messages });
    if (Number(written?.baseOffset) !== some[0]![0])
      throw new BackupError(
        `${topic}/${partition}: a record came to stand elsewhere: somebody else writes there`,
      );
  }
  return records.length;
}

const messageOf = (partition: number, [, key, value, timestamp]: DumpedRecord): Message => ({
  partition,
  key,
  value: Buffer.from(value, 'base64'),
  timestamp,
});
