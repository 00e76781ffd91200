import { kafkaConnection, type KafkaSecurity } from '@allora/bus/kafka-connection';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Admin,
  type ITopicConfig,
  Kafka,
  logLevel,
  type TopicPartitionOffsetAndMetadata,
} from 'kafkajs';
import { BackupError } from './lines';

export interface LogAddress {
  readonly brokers: readonly string[];
  readonly security?: KafkaSecurity | undefined;
  /** Before the names of this network's topics and groups. */
  readonly prefix: string;
}

/** Whether a topic or a group is this network's. */
export const isOwn = (name: string, prefix: string): boolean =>
  name.startsWith(prefix) && name.startsWith('allora.', prefix.length);

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
  return names.filter((name) => isOwn(name, prefix)).sort();
}

const LED_LIMIT_MS = 60_000;
const LOOK_MS = 50;

/** Resolves when brokers lead all of them. kafkajs's own wait ends in an error where a broker has not heard of a topic yet. */
export async function makeTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  await admin.createTopics({ topics, waitForLeaders: false });
  const names = topics.map(({ topic }) => topic);
  let reason: unknown;
  for (const deadline = Date.now() + LED_LIMIT_MS; Date.now() < deadline; await sleep(LOOK_MS)) {
    try {
      const { topics: known } = await admin.fetchTopicMetadata({ topics: names });
      const isLed = ({ leader }: { readonly leader: number }) => leader >= 0;
      if (known.every(({ partitions }) => partitions.length > 0 && partitions.every(isLed))) return;
    } catch (error) {
      reason = error;
    }
  }
  throw new BackupError(`Kafka has made topics that no broker leads after ${LED_LIMIT_MS / 1_000} s`, {
    cause: reason,
  });
}

/** As the one member of the group for a moment: joining takes the broker seconds, so it is done once for all topics. */
export async function commitAs(
  kafka: Kafka,
  groupId: string,
  due: readonly TopicPartitionOffsetAndMetadata[],
): Promise<void> {
  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [...new Set(due.map(({ topic }) => topic))] });
    const joined = new Promise<number>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
        resolve(Object.values(payload.memberAssignment).reduce((sum, { length }) => sum + length, 0)),
      );
    });
    await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
    if ((await joined) < due.length) throw new BackupError(`${groupId} has members: stop all services first`);
    await consumer.commitOffsets([...due]);
  } finally {
    await consumer.disconnect();
  }
}
