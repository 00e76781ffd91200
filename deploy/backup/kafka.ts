import { kafkaConnection, type KafkaSecurity } from '@allora/bus/kafka-connection';
import { type Admin, Kafka, logLevel, type TopicPartitionOffsetAndMetadata } from 'kafkajs';
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
