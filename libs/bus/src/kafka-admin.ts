import { Kafka, logLevel } from 'kafkajs';

type Admin = ReturnType<Kafka['admin']>;

export async function withKafkaAdmin<R>(
  brokers: readonly string[],
  work: (admin: Admin) => Promise<R>,
): Promise<R> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** What a borrowed Kafka was given under a prefix of one's own; a broker keeps topics until somebody deletes them. */
export async function deleteTopicsOf(brokers: readonly string[], prefix: string): Promise<void> {
  if (prefix === '') throw new Error('every topic begins with an empty prefix');
  await withKafkaAdmin(brokers, async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    await admin.deleteTopics({ topics });
  });
}
