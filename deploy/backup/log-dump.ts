import { randomUUID } from 'node:crypto';
import { kafkaConnection, type KafkaSecurity } from '@allora/bus/kafka-connection';
import { type Admin, type EachBatchPayload, Kafka, logLevel, type Message } from 'kafkajs';
import { BackupError, readLines, writeLines } from './lines';

export interface LogAddress {
  readonly brokers: readonly string[];
  readonly security?: KafkaSecurity | undefined;
  /** Before the names of this network's topics and groups. */
  readonly prefix: string;
}

/** Names without the prefix. Offsets count from the first record that the dump holds. */
type Line =
  | { readonly format: 1; readonly takenAt: string }
  | { readonly topic: string; readonly partitions: number; readonly configs: Readonly<Record<string, string>> }
  | { readonly topic: string; readonly partition: number; readonly records: readonly DumpedRecord[] }
  | { readonly end: true; readonly records: number };

/** Offset, key, value in base64, time in ms. */
type DumpedRecord = readonly [offset: number, key: string | null, value: string, time: string];

const OWN = /^allora\./;
const RECORDS_A_LINE = 500;
const SILENCE_MS = 60_000;
const keptConfigs = ['cleanup.policy', 'retention.ms', 'max.message.bytes'];

export const openKafka = ({ brokers, security }: LogAddress): Kafka =>
  new Kafka({
    clientId: 'allora-backup',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    ...kafkaConnection(security),
  });

export async function withAdmin<R>(kafka: Kafka, work: (admin: Admin) => Promise<R>): Promise<R> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

export async function ownTopics(admin: Admin, prefix: string): Promise<string[]> {
  const names = await admin.listTopics();
  return names.filter((name) => name.startsWith(prefix) && OWN.test(name.slice(prefix.length))).sort();
}

/** Every record of every topic of the network that stands there now. Returns how many. */
export async function dumpLog(address: LogAddress, file: string): Promise<number> {
  const kafka = openKafka(address);
  let records = 0;
  const lines = async function* (): AsyncGenerator<Line> {
    yield { format: 1, takenAt: new Date().toISOString() };
    for (const topic of await withAdmin(kafka, (admin) => ownTopics(admin, address.prefix))) {
      for await (const line of topicLines(kafka, topic, address.prefix)) {
        if ('records' in line && 'topic' in line) records += line.records.length;
        yield line;
      }
    }
    yield { end: true, records };
  };
  await writeLines(file, lines());
  return records;
}

async function* topicLines(kafka: Kafka, topic: string, prefix: string): AsyncGenerator<Line> {
  const name = topic.slice(prefix.length);
  const { ends, configs } = await withAdmin(kafka, async (admin) => ({
    ends: await admin.fetchTopicOffsets(topic),
    configs: await configsOf(admin, topic),
  }));
  yield { topic: name, partitions: ends.length, configs };
  const filled = ends.filter(({ low, high }) => Number(high) > Number(low));
  for (const { partition, low } of filled)
    if (Number(low) > 0) throw new BackupError(`${topic}/${partition} has lost its first ${low} records: it is to be kept for ever`);
  const read = await readTopic(kafka, topic, new Map(filled.map(({ partition, high }) => [partition, Number(high)])));
  for (const [partition, all] of read)
    for (let from = 0; from < all.length; from += RECORDS_A_LINE)
      yield { topic: name, partition, records: all.slice(from, from + RECORDS_A_LINE) };
}

async function configsOf(admin: Admin, topic: string): Promise<Record<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: topic, configNames: keptConfigs }],
  });
  const entries = resources[0]?.configEntries ?? [];
  return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
}

/** As a group of its own that commits nothing and is removed again. */
async function readTopic(
  kafka: Kafka,
  topic: string,
  ends: ReadonlyMap<number, number>,
): Promise<Map<number, DumpedRecord[]>> {
  const read = new Map([...ends.keys()].map((partition) => [partition, [] as DumpedRecord[]]));
  if (ends.size === 0) return read;
  const groupId = `allora-backup-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  const left = new Set(ends.keys());
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const silence = setTimeout(() => reject(new BackupError(`${topic} cannot be read to its end`)), SILENCE_MS);
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      const eachBatch = ({ batch }: EachBatchPayload): Promise<void> => {
        silence.refresh();
        const { partition } = batch;
        const end = ends.get(partition) ?? 0;
        for (const { offset, key, value, timestamp } of batch.messages)
          if (Number(offset) < end)
            read.get(partition)!.push([
              Number(offset),
              key?.toString('utf8') ?? null,
              value?.toString('base64') ?? '',
              timestamp,
            ]);
        if (Number(batch.lastOffset()) >= end - 1) left.delete(partition);
        if (left.size === 0) {
          clearTimeout(silence);
          resolve();
        }
        return Promise.resolve();
      };
      consumer.run({ autoCommit: false, eachBatch }).catch(reject);
    });
    return read;
  } finally {
    await consumer.disconnect();
    await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => undefined);
  }
}

/** Into a cluster that has none of these topics. Every record comes to stand where it stood. Returns how many. */
export async function restoreLog(address: LogAddress, file: string, replicationFactor = -1): Promise<number> {
  const kafka = openKafka(address);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const admin = kafka.admin();
  await Promise.all([producer.connect(), admin.connect()]);
  try {
    const there = await ownTopics(admin, address.prefix);
    if (there.length > 0) throw new BackupError(`Kafka holds topics of this network (${there[0]}, …): give an empty one`);
    let count = 0;
    for await (const line of readLines<Line>(file)) {
      if ('configs' in line) {
        const configEntries = Object.entries(line.configs).map(([name, value]) => ({ name, value }));
        const topic = address.prefix + line.topic;
        await admin.createTopics({
          topics: [{ topic, numPartitions: line.partitions, replicationFactor, configEntries }],
          waitForLeaders: true,
        });
      } else if ('partition' in line) {
        const topic = address.prefix + line.topic;
        const messages = line.records.map((record) => messageOf(line.partition, record));
        const [written] = await producer.send({ topic, acks: -1, messages });
        if (Number(written?.baseOffset) !== line.records[0]![0])
          throw new BackupError(`${topic}/${line.partition}: a record came to stand at another place: somebody else writes there`);
        count += messages.length;
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

const messageOf = (partition: number, [, key, value, timestamp]: DumpedRecord): Message => ({
  partition,
  key,
  value: Buffer.from(value, 'base64'),
  timestamp,
});
